"""Absolute addresses, from BASE_URL and never from what the request claims to be."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, url_for


def absolute_url(endpoint: str, **values: Any) -> str:
    """The endpoint's address with the deployment's own scheme and host, for mails and calendar entries."""
    base: str = current_app.config["BASE_URL"]
    return base + url_for(endpoint, **values)


def own_path(target: str | None, fallback: str) -> str:
    """`target` when it is a path on this site, else `fallback`: nobody is sent elsewhere by a crafted link."""
    if not target:
        return fallback
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")):
        return fallback
    if any(ord(character) < 32 for character in target) or "\\" in target:
        return fallback
    return target
