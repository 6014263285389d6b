"""The accounts that hosts connect for video: connecting, coming back from the provider, disconnecting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.db import AnyRow
from liveapp.domain.actor import Actor
from liveapp.domain.errors import NotFound
from liveapp.domain.video import connections, queries
from liveapp.domain.video.consents import Traveller
from liveapp.gateways.video import connecting
from liveapp.gateways.video.asking import VideoAway, VideoRefused
from liveapp.gateways.video.provider import is_on
from liveapp.rules.roles import Right, may
from liveapp.rules.video import CONNECTED, NAMES
from liveapp.web import auth, clock
from liveapp.web.headers import leading_to
from liveapp.web.htmx import go, page
from liveapp.web.navigation import P
from liveapp.web.urls import absolute_url

blueprint = Blueprint("video", __name__, url_prefix=f"{P}/settings/video")
blueprint.before_request(auth.guard)

PAGES = {"zoom": "https://zoom.us https://*.zoom.us", "google_meet": "https://accounts.google.com"}
"""Where connecting leads."""


@dataclass(frozen=True, slots=True)
class Account:
    """A provider as the page shows it: whether it can be connected here, and how the person's account stands."""

    provider: str
    name: str
    is_on: bool
    connection: AnyRow | None

    @property
    def status(self) -> str:
        """connected, needs_reauth, or disconnected, which never having been connected is too."""
        return self.connection.status if self.connection else "disconnected"


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    actor = auth.staff(organization.id)
    shows_all = may(actor.role, Right.EDIT_ANY_SESSION)
    everybody = connections.of_organization(organization_id=organization.id) if shows_all else ()
    failing = [
        row
        for row in queries.failing(organization_id=organization.id, now=clock.now())
        if shows_all or row.host_id == actor.user_id
    ]
    others = [row for row in everybody if row.user_id != actor.user_id and row.status != "disconnected"]
    shown = page(
        "video/index.html", accounts=_accounts(actor), others=others, failing=failing,
        names=NAMES, timezone=organization.timezone, jitsi=current_app.extensions["settings"].jitsi_domain,
    )  # fmt: skip
    return leading_to(shown, _pages())


@blueprint.post("/<provider>/connect")
def connect(provider: str) -> AnyResponse:
    """On to the provider, to say that we may."""
    organization = auth.current_organization()
    traveller = Traveller(auth.staff(organization.id), auth.person().sign_in_id)
    return go(connecting.begin(_known(provider), traveller=traveller, back=_back(provider), now=clock.now()))


@blueprint.get("/<provider>/callback")
def callback(provider: str) -> AnyResponse:
    """Back from the provider. What it writes is bound to whoever went, and done once."""
    person = auth.person()
    organization_id, verifier = connecting.come_back(
        _known(provider), state=request.args.get("state", ""),
        user_id=person.user_id, sign_in_id=person.sign_in_id, now=clock.now(),
    )  # fmt: skip
    actor = auth.staff(organization_id)
    flash(*_outcome(provider, actor, verifier))
    return go(url_for("video.index"))


@blueprint.post("/<provider>/disconnect")
def disconnect(provider: str) -> AnyResponse:
    organization = auth.current_organization()
    connecting.disconnect(_known(provider), actor=auth.staff(organization.id), now=clock.now())
    flash(f"{NAMES[provider]} is disconnected. Links that are made stay good; none is made or changed.", "success")
    return go(url_for("video.index"))


def _outcome(provider: str, actor: Actor, verifier: str) -> tuple[str, str]:
    """What came of going there, in a sentence, and of which kind it is."""
    name, code = NAMES[provider], request.args.get("code", "")
    if request.args.get("error") == "access_denied":
        return f"You didn’t allow it at {name}, so nothing is connected.", "error"
    if not code or "error" in request.args:
        return f"{name} sent you back without saying yes, so nothing is connected. Try it again.", "error"
    try:
        connecting.finish(provider, actor=actor, code=code, verifier=verifier, back=_back(provider), now=clock.now())
    except VideoAway as away:
        return f"{away} Nothing is connected; try it again in a few minutes.", "error"
    except VideoRefused as refused:
        return f"{refused} Nothing is connected; begin again.", "error"
    return f"{name} is connected. Links are made in it from now on.", "success"


def _accounts(actor: Actor) -> list[Account]:
    mine: dict[str, Any] = {"organization_id": actor.organization_id, "user_id": actor.user_id}
    return [Account(each, NAMES[each], is_on(each), connections.of_host(**mine, provider=each)) for each in CONNECTED]


def _known(provider: str) -> str:
    if provider not in CONNECTED:
        raise NotFound()
    return provider


def _back(provider: str) -> str:
    return absolute_url("video.callback", provider=provider)


def _pages() -> str:
    settings = current_app.extensions["settings"]
    own = {"zoom": settings.zoom_api_base, "google_meet": settings.google_api_base}
    return " ".join(own[each] or PAGES[each] for each in CONNECTED)
