"""Jinja as the site uses it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask import Flask, current_app
from flask.templating import Environment as FlaskEnvironment
from jinja2 import StrictUndefined


class Environment(FlaskEnvironment):
    """Flask's environment with the globals of a template in one plain dict.

    Jinja's own ChainMap is walked in Python for every import and include, which took a tenth of a page's time. Globals
    are therefore complete before the first template is loaded.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


def set_up(app: Flask) -> None:
    """Names that are missing are errors; lines that hold only a tag leave no blank line."""
    app.jinja_environment = Environment
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def drawn(template: str, **values: Any) -> str:
    """A template drawn without what frames pages, which asks the database once a template who is signed in."""
    return current_app.jinja_env.get_template(template).render(**values)
