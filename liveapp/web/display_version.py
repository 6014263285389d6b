"""Which release a screen's page is of: its page compares, and loads itself anew when another one answers."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from flask import Flask

PARTS = ("static/display.js", "static/screen.css", "static/app.css", "templates/display/*.html")


def version_of(app: Flask) -> str:
    """The version of what screens are sent."""
    return _version(Path(app.root_path))


@lru_cache
def _version(root: Path) -> str:
    files = sorted(file for part in PARTS for file in root.glob(part))
    return blake2b(b"\0".join(file.read_bytes() for file in files), digest_size=6).hexdigest()
