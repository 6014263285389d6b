"""A mail server for the laptop: takes every message, sends none on, keeps the last 500 for ``/dev/mail``.

``python -m liveapp.dev.mail_catcher <descriptor of a bound socket> <folder>``
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from liveapp import clock
from liveapp.dev import mailbox


class Catcher:
    """aiosmtpd's handler, by the method name it looks for: a message is answered 250 only after it is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one message."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mailbox.keep(
            self._folder,
            content,
            sender=envelope.mail_from or "",
            recipients=envelope.rcpt_tos,
            now=clock.now(),
        )
        return "250 Kept"


async def serve(bound: socket.socket, folder: Path) -> None:
    """Catch mail on a bound socket until SIGTERM."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(lambda: SMTP(Catcher(folder), enable_SMTPUTF8=True), sock=bound)
    await stopped.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])))
