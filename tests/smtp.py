"""A mail server for tests that does what it is told: takes, greylists, refuses, hangs, cuts off."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from liveapp.dev.processes import loopback_socket


@dataclass
class Outgoing:
    """What the server took; `behaviour` holds answers for the next messages ("250 …" when it is empty)."""

    port: int
    taken: list[EmailMessage] = field(default_factory=list)
    behaviour: deque[str] = field(default_factory=deque)

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """aiosmtpd's hook: one message."""
        answer = self.behaviour.popleft() if self.behaviour else "250 OK"
        if answer == "hang":
            await asyncio.sleep(3600)
        if answer == "cut off":
            server.transport.abort()
            return "421 gone"
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        if answer.startswith("2"):
            self.taken.append(message)
        if answer == "250 then cut off":
            server.transport.abort()
        return answer


@contextmanager
def running() -> Iterator[Outgoing]:
    """The server on a free port of this machine."""
    with loopback_socket() as free:
        outgoing = Outgoing(free.getsockname()[1])
    controller = Controller(outgoing, hostname="127.0.0.1", port=outgoing.port)
    controller.start()
    try:
        yield outgoing
    finally:
        controller.stop()
