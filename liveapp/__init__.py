"""Live Sessions: run everything you do live."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from liveapp.config import Settings


def create_app(settings: Settings) -> Flask:
    """The application for one deployment. Its parts are imported here: what runs beside it on a laptop needs none."""
    from liveapp import wiring

    return wiring.create_app(settings)
