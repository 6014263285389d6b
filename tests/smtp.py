"""A mail server for tests that does what it is told: takes, greylists, refuses, hangs, cuts off."""

from __future__ import annotations

import asyncio
import socket
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
    bound = loopback_socket()
    outgoing = Outgoing(bound.getsockname()[1])
    controller = _Bound(bound, outgoing)
    controller.start()
    try:
        yield outgoing
    finally:
        controller.stop()


class _Bound(Controller):
    """On a socket that has its port already, so that nobody else takes it in between; patient on a busy machine."""

    def __init__(self, bound: socket.socket, handler: Outgoing) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=handler.port, ready_timeout=60)
        self._bound = bound

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._bound)
