"""Pages go over the wire compressed; static files are compressed once, when a release is made (whitenoise)."""

from __future__ import annotations

from flask import Flask
from flask_compress import Compress


def set_up(app: Flask) -> None:
    """Compresses text answers of some size for browsers that take it."""
    app.config["COMPRESS_ALGORITHM"] = ["gzip"]
    app.config["COMPRESS_MIMETYPES"] = ["text/html", "text/calendar", "application/json", "application/problem+json"]
    app.config["COMPRESS_MIN_SIZE"] = 1000
    Compress(app)
