"""A refused form opens at what is wrong with it, without script too: the first error of a page takes the focus."""

from __future__ import annotations

from flask import Flask, g


def set_up(app: Flask) -> None:
    """Registers what the form's macros ask."""
    app.jinja_env.globals["is_first_error"] = is_first_error


def is_first_error() -> bool:
    """Whether the error that asks is the first of this answer: a page has one `autofocus` (HTML, 6.6.7)."""
    if g.get("has_error"):
        return False
    g.has_error = True
    return True
