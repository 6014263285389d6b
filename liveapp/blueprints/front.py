"""The front page: what this is, and finding an organization."""

from __future__ import annotations

from flask import Blueprint, Response, request

from liveapp.domain.accounts import queries as accounts
from liveapp.rules.texts import cleaned
from liveapp.web import auth
from liveapp.web.htmx import swap
from liveapp.web.navigation import P

blueprint = Blueprint("front", __name__)


@blueprint.get("/")
def index() -> Response:
    words = cleaned(request.args.get("q", ""))[:80]
    found = accounts.find_organizations(words=words) if words else []
    return swap("front/_found.html", "front/index.html", words=words, found=found, works=_works(), dashboard_href=P)


def _works() -> bool:
    """Whether the visitor works for an organization here."""
    known = auth.known_person()
    return bool(known and accounts.staff_organization(user_id=known.user_id, chosen=None))
