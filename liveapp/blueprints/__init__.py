"""The site map: one blueprint a part of the site."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

from liveapp.blueprints import health

BLUEPRINTS = (health.blueprint,)


def register_all(app: Flask, csrf: CSRFProtect) -> None:
    """Registers every blueprint at its own prefix."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
