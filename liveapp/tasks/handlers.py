"""One handler per message name. A handler is idempotent: it may run again after a crash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from liveapp.tasks import emails

HANDLERS: dict[str, Callable[..., Any]] = {
    "send_mail": emails.send_mail,
}
