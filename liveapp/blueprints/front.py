"""The front page: what this is, and finding an organization."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("front", __name__)
