"""The pages that people see: Checkout, the bank's step, onboarding, a receipt, and what the simulator holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from werkzeug.wrappers import Request, Response

from liveapp.dev.stripe_simulator.pages import checkout, onboarding, overview
from liveapp.dev.stripe_simulator.pages.view import Page, View
from liveapp.dev.stripe_simulator.webhooks import Courier
from liveapp.dev.stripe_simulator.world import World

STYLE = Path(__file__).with_name("style.css")
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
PAGES: tuple[tuple[str, Callable[[View], Page]], ...] = (
    (r"/", overview.index),
    (r"/c/pay/(?P<id>[^/]+)", checkout.checkout),
    (r"/3ds/(?P<id>[^/]+)", checkout.authenticate),
    (r"/receipts/(?P<id>[^/]+)", overview.receipt),
    (r"/setup/(?P<id>[^/]+)/(?P<code>[^/]+)", onboarding.onboard),
    (r"/express/(?P<id>[^/]+)", onboarding.express),
)


class Pages:
    """Answers every address that isn't the API's or the control's."""

    def __init__(self, world: World, courier: Courier) -> None:
        self._world = world
        self._courier = courier

    def answer(self, request: Request) -> Response:
        """The page, a redirect, or a 404 page."""
        if request.path == "/style.css":
            return Response(_style(), mimetype="text/css", headers={"Cache-Control": "max-age=300"})
        page = self._page(request)
        if page.to:
            return Response("", 303, {"Location": page.to})
        response = Response(page.text, page.status, mimetype="text/html")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
        return response

    def _page(self, request: Request) -> Page:
        for pattern, answer in PAGES:
            if match := re.fullmatch(pattern, request.path):
                with self._world.lock:
                    self._world.catch_up()
                    self._world.changed |= request.method == "POST"
                    return answer(View(request, self._world, self._courier, match.groupdict()))
        return Page.gone("There is no such page.")


@cache
def _style() -> str:
    return STYLE.read_text()
