"""What a page's function gets, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Request

from liveapp.dev.stripe_simulator import money
from liveapp.dev.stripe_simulator.webhooks import Courier
from liveapp.dev.stripe_simulator.world import World

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "stripe_simulator"


@dataclass(frozen=True, slots=True)
class View:
    """A request for a page."""

    request: Request
    world: World
    courier: Courier
    ids: dict[str, str]

    @property
    def posted(self) -> bool:
        """Whether a form was sent."""
        return self.request.method == "POST"


@dataclass(frozen=True, slots=True)
class Page:
    """HTML with a status, or an address to go to."""

    text: str = ""
    status: int = 200
    to: str = ""

    @classmethod
    def of(cls, template: str, status: int = 200, **values: Any) -> Page:
        """A template of this simulator."""
        return cls(_templates().get_template(f"{template}.html").render(values), status)

    @classmethod
    def gone(cls, sentence: str, back: str | None = None) -> Page:
        """A page that says that nothing is here."""
        return cls.of("gone", 404, sentence=sentence, back=back)


@cache
def _templates() -> Environment:
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    made.filters["money"] = money.in_words
    made.filters["moment"] = lambda seconds: datetime.fromtimestamp(seconds, UTC).strftime("%d %b %Y, %H:%M:%S UTC")
    return made
