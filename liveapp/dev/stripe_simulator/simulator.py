"""The simulator as a server in a thread: ``with Simulator() as sim:`` … ``base_addresses={"api": sim.url}``."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from liveapp.dev.stripe_simulator.faults import Faults
from liveapp.dev.stripe_simulator.refusals import Body
from liveapp.dev.stripe_simulator.webhooks import Courier, Endpoint
from liveapp.dev.stripe_simulator.world import World
from liveapp.dev.stripe_simulator.wsgi import Application

HOST = "127.0.0.1"
BACKLOG = 256
BEAT_SECONDS = 0.5
WEBHOOK_SECRET = "whsec_simulator"


class Quiet(WSGIRequestHandler):
    """No line on the terminal for each request; a client that hangs up is no fault."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""


class Simulator:
    """A running simulator. ``port`` 0 takes a free one; ``folder`` keeps the state between starts;
    ``clock`` gives Unix seconds, for tests that hold the clock in hand."""

    def __init__(
        self,
        *,
        port: int = 0,
        folder: Path | None = None,
        webhook_url: str | None = None,
        webhook_secret: str = WEBHOOK_SECRET,
        listener: socket.socket | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.webhook_secret = webhook_secret
        self.world = World(folder, clock)
        self.faults = Faults()
        endpoint = Endpoint(webhook_url, webhook_secret) if webhook_url else None
        self.courier = Courier(self.world, endpoint)
        self._listener = listener or _listening(port)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self.world.base_url = self.url
        self.application = Application(self.world, self.faults, self.courier)
        self._server = _Server(self._listener, self.application)
        self._listener.close()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._server.serve, self._beat)]

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Answer requests and send webhooks from now on."""
        self.courier.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop answering; write the state to its file."""
        self._stopping.set()
        self.faults.set([])
        self._server.shutdown()
        self.courier.stop()
        self._server.server_close()
        self.world.save()

    def control(self, name: str, **given: Any) -> Body:
        """POST to the control API, e.g. ``control("clock", advance=3600)``. Raises RuntimeError with its words."""
        return self._ask(name, json.dumps(given).encode())

    def show(self, name: str) -> Body:
        """GET from the control API, e.g. ``show("faults")``."""
        return self._ask(name, None)

    def webhooks_are_out(self, seconds: float = 10) -> bool:
        """Wait until every webhook has been taken; whether that came about in time."""
        return self.courier.wait_until_idle(seconds)

    def _ask(self, name: str, body: bytes | None) -> Body:
        request = urllib.request.Request(f"{self.url}/_control/{name}", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                found: Body = json.load(answer)
                return found
        except urllib.error.HTTPError as refused:
            with refused:
                raise RuntimeError(json.load(refused).get("error", "no such control")) from None

    def _beat(self) -> None:
        """What falls due happens, and the state is written, also while nobody asks."""
        while not self._stopping.wait(BEAT_SECONDS):
            with self.world.lock:
                self.world.catch_up()
            with suppress(OSError):  # a full disk is no reason to stop the clock
                self.world.save()


class _Server(ThreadedWSGIServer):
    """Werkzeug's server on a socket that is listening already."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, application: Application) -> None:
        super().__init__(HOST, listener.getsockname()[1], application, Quiet, fd=listener.fileno())

    def serve(self) -> None:
        self.serve_forever(poll_interval=0.05)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up when they time out."""


def _listening(port: int) -> socket.socket:
    """A socket on the port of this machine."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(BACKLOG)
    return listener
