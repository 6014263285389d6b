"""Addresses of static files that change with what is in them, so that browsers may keep each for a year.

Vendored files carry their version in their name already.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask


def set_up(app: Flask) -> None:
    """Adds `v=` to every address of a static file of our own."""
    folder = Path(app.static_folder or "")

    @app.url_defaults
    def add(endpoint: str, values: dict[str, Any]) -> None:
        name = values.get("filename", "")
        if endpoint != "static" or name.startswith("vendor/"):
            return
        file = folder / name
        if file.is_file():
            values["v"] = _version(file, file.stat().st_mtime_ns)


@lru_cache
def _version(file: Path, _changed_at: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]
