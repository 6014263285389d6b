"""The list of passwords that are tried first, shipped beside this file (with its sources and licences)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

LIST = Path(__file__).with_suffix(".txt")


def is_common(password: str) -> bool:
    """Whether it stands in the list; `password` in lower case."""
    return password.isprintable() and f"\n{password}\n".encode() in _list()


@cache
def _list() -> bytes:
    """As it is on the disk, read when first asked: a third of a megabyte, searched in less than a millisecond."""
    return b"\n" + LIST.read_bytes()
