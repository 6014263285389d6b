"""What is a person's own, over all organizations."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("my", __name__, url_prefix="/my")
