"""JSON that others send."""

from __future__ import annotations

import json
from typing import Any


def parsed(said: bytes) -> Any:
    """What a JSON text (UTF-8) says. Raises ValueError for what is none, or nests deeper than anybody means it to:
    Python gives up on brackets in brackets by the thousand."""
    try:
        return json.loads(said)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
