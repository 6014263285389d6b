"""The pretend providers as a server in a thread: ``with Simulator() as there:`` … ``ZOOM_API_BASE=there.url``."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.serving import ThreadedWSGIServer
from werkzeug.wrappers import Request, Response

from liveapp.dev.stripe_simulator.faults import Faults
from liveapp.dev.stripe_simulator.simulator import HOST, Quiet
from liveapp.dev.video_simulator import google, zoom
from liveapp.dev.video_simulator.world import PROVIDERS, Refusal, Thing, World

CLIENT_ID, CLIENT_SECRET = "pretend-client", "pretend-secret"
WEBHOOK_SECRET = "pretend-webhook-secret"
AUTHORIZE = {"/oauth/authorize": "zoom", "/o/oauth2/v2/auth": "google"}
TOKENS = {
    "/oauth/token": ("zoom", "token"), "/oauth/revoke": ("zoom", "revoke"),
    "/token": ("google", "token"), "/revoke": ("google", "revoke"),
}  # fmt: skip
NAMES = {"zoom": "Zoom", "google": "Google"}
HERE = Path(__file__).resolve()
STYLE = HERE.parents[1] / "stripe_simulator" / "pages" / "style.css"
ACTIONS = {"start": "meeting.started", "join": "meeting.participant_joined", "leave": "meeting.participant_left",
           "end": "meeting.ended"}  # fmt: skip


class Simulator:
    """A running pair of providers. ``webhook_url`` is told of what happens in Zoom's meetings."""

    def __init__(
        self,
        *,
        folder: Path | None = None,
        webhook_url: str = "",
        listener: socket.socket | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.world = World(folder, clock)
        self.faults = Faults()
        self.teller = zoom.Teller(webhook_url, WEBHOOK_SECRET, clock)
        number = listener.fileno() if listener else None
        port = listener.getsockname()[1] if listener else 0
        self._server = ThreadedWSGIServer(HOST, port, self._answer, Quiet, fd=number)
        self._server.daemon_threads = True
        self.url = f"http://{HOST}:{self._server.port}"
        self._templates = Environment(
            loader=FileSystemLoader(HERE.parents[1] / "templates" / "video_simulator"),
            autoescape=True, undefined=StrictUndefined,
        )  # fmt: skip

    def __enter__(self) -> Simulator:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.faults.set([])
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        faults = {each.fault: each for each in self.faults.on(request.method, request.path)}
        if "slow" in faults:
            time.sleep((faults["slow"].ms or 300) / 1000)
        response = _before(faults) or self._response(request)
        if "error_after" in faults:
            response = _said(500, {"message": "Internal error"})
        if "drop_before" in faults or "drop_after" in faults:
            with suppress(OSError):
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return []
        return response(environ, start_response)

    def _response(self, request: Request) -> Response:
        with self.world.lock:
            self.world.calls[f"{request.method} {request.path}"] += 1
            try:
                response = self._routed(request)
            except Refusal as refusal:
                return _said(refusal.status, refusal.body)
            if request.method != "GET":
                self.world.save()
        return response

    def _routed(self, request: Request) -> Response:
        path = request.path
        if path in AUTHORIZE:
            return self._consent(request, AUTHORIZE[path])
        if path in TOKENS:
            return self._token(request, *TOKENS[path])
        if path == "/style.css":
            return Response(STYLE.read_text(), mimetype="text/css")
        if path.startswith(("/v2/", "/v1/", "/calendar/")):
            call = zoom.answer if path.startswith("/v2/") else google.answer
            header = request.headers.get("Authorization", "")
            return _said(*call(self.world, self.url, request.method, path, header, _given(request)))
        return self._room(request)

    def _token(self, request: Request, provider: str, what: str) -> Response:
        asked = request.form.to_dict()
        known = request.authorization if provider == "zoom" else None
        client = (known.username, known.password) if known else (asked.get("client_id"), asked.get("client_secret"))
        if client != (CLIENT_ID, CLIENT_SECRET) and (provider, what) != ("google", "revoke"):
            raise Refusal(401, {"error": "invalid_client", "reason": "Invalid client_id or client_secret"})
        found = self.world.token(provider, asked) if what == "token" else self.world.revoke(provider, asked["token"])
        return _said(200, found)

    def _consent(self, request: Request, provider: str) -> Response:
        asked = request.args.to_dict()
        complete = {"redirect_uri", "state", "code_challenge"} <= asked.keys()
        if not complete or asked.get("client_id") != CLIENT_ID or asked.get("code_challenge_method") != "S256":
            raise Refusal(400, {"error": "invalid_request"})
        if request.method == "GET":
            return self._page("consent", provider=NAMES[provider])
        said: Thing = {"error": "access_denied"}
        if request.form.get("do") == "allow":
            begun = {"redirect_uri": asked["redirect_uri"], "challenge": asked["code_challenge"]}
            email, name = request.form.get("email", ""), request.form.get("name", "")
            said = {"code": self.world.allow(provider, begun, email, name)}
        back = f"{asked['redirect_uri']}?{urlencode(said | {'state': asked['state']})}"
        return Response("", 303, {"Location": back})

    def _room(self, request: Request) -> Response:
        """What people see when they follow a link: an empty room, which tells of who comes and goes."""
        number = request.path.rpartition("/")[2]
        rooms = {
            "zoom": self.world.meetings("zoom").get(number),
            "google": next((e for e in self.world.meetings("google").values() if _ends(e, number)), None),
        }
        provider = next((each for each in PROVIDERS if rooms[each]), None)
        if provider is None or (found := rooms[provider]) is None or found.get("gone"):
            return self._page("gone", 404)
        told = self._told(request, found) if request.method == "POST" and provider == "zoom" else ""
        title = found["topic"] if provider == "zoom" else found["summary"]
        return self._page("room", provider=NAMES[provider], title=title, told=told)

    def _told(self, request: Request, meeting: Thing) -> str:
        event = ACTIONS[request.form["do"]]
        email, name = request.form.get("email", ""), request.form.get("name", "")
        is_host = self.world.things["zoom"]["accounts"][meeting["host_id"]]["email"] == email
        participant = {
            "user_id": email or name,
            "user_name": name,
            "email": email,
            "id": meeting["host_id"] if is_host else "",
            f"{request.form['do']}_time": zoom.iso(self.world.clock()),
        }
        people = participant if request.form["do"] in ("join", "leave") else None
        return f"{event}: {self.teller.tell(event, meeting, people)}"

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        return Response(self._templates.get_template(f"{template}.html").render(values), status, mimetype="text/html")


def _before(faults: dict[Any, Any]) -> Response | None:
    """The answer to what isn't to be done at all."""
    if "rate_limit" in faults:
        return _said(429, {"code": 429, "message": "You have reached the maximum per-second rate limit."})
    if "error_before" in faults:
        return _said(500, {"message": "Internal error"})
    return Response() if "drop_before" in faults else None


def _said(status: int, body: Thing | None) -> Response:
    return Response(json.dumps(body) if body is not None else "", status, mimetype="application/json")


def _given(request: Request) -> Thing:
    if request.method == "GET":
        return request.args.to_dict()
    found: Thing = request.get_json(silent=True) or {}
    return found


def _ends(event: Thing, code: str) -> bool:
    return str(event.get("hangoutLink", "")).endswith(f"/{code}")
