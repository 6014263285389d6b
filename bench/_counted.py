"""The site as in production, whose workers write down when they end how often each transaction was run again."""

from __future__ import annotations

import atexit
import json
import os
from pathlib import Path

from app import app
from liveapp.unit_of_work import retries

__all__ = ["app"]


def _write() -> None:
    Path(os.environ["RETRIES"], f"{os.getpid()}.json").write_text(json.dumps(retries()))


atexit.register(_write)
