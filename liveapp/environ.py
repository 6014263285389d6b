"""Reading the environment: each variable as the kind of value it is, every fault collected instead of raised."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from liveapp import clock

T = TypeVar("T")


def hundredths(text: str) -> int:
    """A percentage in hundredths of a percent: "7.5" is 750."""
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text):
        raise ValueError
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0"))


class Reader:
    """Reads variables and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value in allowed:
            return value
        self.faults.append(f"{name} must be one of {', '.join(allowed)}")
        return default

    def words(self, name: str) -> tuple[str, ...]:
        """What stands between commas; a part that is empty is a fault, as it would be a word like the others."""
        text = self.text(name, "")
        words = tuple(word.strip() for word in text.split(",")) if text else ()
        if not all(words):
            self.faults.append(f"{name} has an empty part: remove the comma that is too many")
        return words

    def percentage(self, name: str, default: int) -> int:
        """In hundredths of a percent."""
        wanted = "a number from 0 to 100, with at most two digits after the point"
        return self._parsed(name, default, hundredths, wanted, lambda n: 0 <= n <= 10_000)

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        return self._parsed(name, default, int, f"a whole number from {low} to {high}", lambda n: low <= n <= high)

    def flag(self, name: str, default: bool) -> bool:
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        return self._parsed(
            name, default, lambda text: words[text.lower()], "true or false", lambda n: 0 <= n <= 10_000
        )

    def clock(self, name: str) -> str:
        """What `liveapp.clock` takes."""
        text = self.text(name, "")
        try:
            clock.offset_of(text)
        except (ValueError, OverflowError):
            self.faults.append(
                f"{name} must be a moment with its zone, like 2026-11-30T22:30:00Z, or like +3600 seconds"
            )
        return text

    def base_url(self, default: str) -> str:
        server_name = self.text("SERVER_NAME", "")
        value = self.text("BASE_URL", f"https://{server_name}" if server_name else default).rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            self.faults.append("BASE_URL must be like https://book.example.com, without a path")
            return default
        return value

    def _parsed(self, name: str, default: T, parse: Callable[[str], T], wanted: str, ok: Callable[[T], bool]) -> T:
        text = self._environ.get(name, "").strip()
        if not text:
            return default
        try:
            value = parse(text)
        except (ValueError, KeyError):
            value = default
            ok = _never
        if not ok(value):
            self.faults.append(f"{name} must be {wanted}")
            return default
        return value


def _never(_: object) -> bool:
    return False
