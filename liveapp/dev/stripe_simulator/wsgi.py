"""The WSGI application: the API, the pages for people, the control API."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from liveapp.dev.stripe_simulator import resources
from liveapp.dev.stripe_simulator.api import Api, ConnectionCut
from liveapp.dev.stripe_simulator.control import Control
from liveapp.dev.stripe_simulator.faults import Faults
from liveapp.dev.stripe_simulator.pages import Pages
from liveapp.dev.stripe_simulator.webhooks import Courier
from liveapp.dev.stripe_simulator.world import World

__all__ = ["Application", "resources"]


class Application:
    """Everything that answers, over one world."""

    def __init__(self, world: World, faults: Faults, courier: Courier) -> None:
        resources.prepare(world)
        self._api = Api(world, faults)
        self._control = Control(world, faults, courier)
        self._pages = Pages(world, courier)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        request = Request(environ)
        try:
            response = self._response(request)
        except ConnectionCut:
            _cut(environ)
            return []
        return response(environ, start_response)

    def _response(self, request: Request) -> Response:
        if request.path.startswith("/v1/"):
            reply = self._api.answer(request)
            return Response(reply.text, reply.status, reply.headers, mimetype="application/json")
        if request.path.startswith("/_control/"):
            status, body = self._control.answer(request)
            return Response(json.dumps(body), status, mimetype="application/json")
        return self._pages.answer(request)


def _cut(environ: WSGIEnvironment) -> None:
    """Drop the connection without an answer."""
    connection: socket.socket = environ["werkzeug.socket"]
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
