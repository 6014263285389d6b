"""Absolute addresses, from BASE_URL and never from what the request claims to be."""

from __future__ import annotations

from typing import Any

from flask import current_app
from werkzeug.urls import iri_to_uri


def absolute_url(endpoint: str, **values: Any) -> str:
    """The endpoint's address with the deployment's own scheme and host, for mails, calendar entries and jobs."""
    base: str = current_app.config["BASE_URL"]
    return base + current_app.url_map.bind("").build(endpoint, values)


def own_path(target: str | None, fallback: str) -> str:
    """`target` when it is a path on this site, else `fallback`: nobody is sent elsewhere by a crafted link."""
    if not target:
        return fallback
    if not target.startswith("/") or target.startswith("//"):
        return fallback
    if "\\" in target or not target.isprintable():
        return fallback
    return iri_to_uri(target)


def path_of(address: str) -> str | None:
    """The path and query of an address on this site; None for any other."""
    base: str = current_app.config["BASE_URL"]
    return own_path(address.removeprefix(base), "") or None if address.startswith(f"{base}/") else None
