"""The audit log: who changed what, when and from where."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from liveapp.domain.accounts import attempts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.analytics import audited
from liveapp.domain.audit import queries as audit
from liveapp.domain.audit.queries import Cursor, Filters, Page
from liveapp.forms.audit import CLIENTS, CLOCK, AuditForm
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.roles import Right
from liveapp.web import auth
from liveapp.web.arguments import id_from
from liveapp.web.audit_log import NAMED_AS, ids_of, lines, thing
from liveapp.web.history import deeds
from liveapp.web.htmx import page, wants_partial
from liveapp.web.navigation import P
from liveapp.web.values import Reader

blueprint = Blueprint("audit", __name__, url_prefix=f"{P}/audit")
blueprint.before_request(auth.guard)

ATTEMPTS = {"roles": "Roles", "money": "Money", "other_organization": "From outside"}
KEPT = ("who", "what", "from", "to", "object", "batch")
NO_ENTRIES = Page((), newer=None, older=None)
LAST_NUMBER = 2**63 - 1
KINDS_OF_ACTORS = {CLOCK: "system", CLIENTS: "person"}


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    auth.require(organization.id, Right.READ_AUDIT)
    form = AuditForm.asked(request.args, people=_people(organization), deeds=deeds())
    valid = form.validate()
    found = _entries(organization, form) if valid else NO_ENTRIES
    response = page(
        "audit/_log.html" if wants_partial() else "audit/index.html",
        form=form,
        keeps_open=form.is_filtered or wants_partial(),
        valid=valid,
        newer_href=_href(found.newer),
        older_href=_href(found.older),
        **_told(organization, form, found),
    )
    response.status_code = 200 if valid else 422
    return response


@blueprint.get("/refused")
def refused() -> Response:
    """The security log, for owners."""
    organization = auth.current_organization()
    auth.require(organization.id, Right.MANAGE_MONEY)
    return page("audit/refused.html", rows=attempts.latest(organization_id=organization.id), words=ATTEMPTS)


def _entries(organization: Organization, form: AuditForm) -> Page:
    object_type, _, action = form.what.data.partition(":")
    thing, first, last = form.object.data, form.first.data, form.last.data
    filters = Filters(
        actor_id=form.worker_id,
        actor_kind=KINDS_OF_ACTORS.get(form.who.data, ""),
        object_type=object_type,
        actions=(action, f"{object_type}.{action}") if action else (),
        objects=audited.belonging_to(organization_id=organization.id, object_id=thing) if thing else None,
        batch_id=form.batch.data,
        first=resolve_local(first, time(), organization.timezone) if first else None,
        last=resolve_local(last + timedelta(days=1), time(), organization.timezone) if last else None,
    )
    return audit.entries(organization_id=organization.id, filters=filters, cursor=_cursor())


def _told(organization: Organization, form: AuditForm, found: Page) -> dict[str, Any]:
    """The entries in words, and the thing or the bulk change that they are about where only its own are asked for."""
    wanted, about = ids_of(found.rows), form.object.data or form.batch.data
    kind = "batch"
    if form.object.data:
        kind = audit.type_of(organization_id=organization.id, object_id=form.object.data)
    if about and kind:
        wanted.setdefault(NAMED_AS.get(kind, kind), set()).add(about)
    names = audited.names(organization_id=organization.id, wanted=wanted)
    reader = Reader(names, organization.timezone, organization.currency)
    return {"lines": lines(found.rows, reader), "about": thing(kind, about, reader) if about and kind else None}


def _people(organization: Organization) -> dict[str, str]:
    """Who can be chosen: staff of now and then, and whoever the address names if they have to do with the business."""
    people = {str(row.id): row.name for row in audited.workers(organization_id=organization.id)}
    named = id_from(request.args.get("who"))
    name = audited.name_of(organization_id=organization.id, user_id=named) if named else None
    return people | {str(named): name} if name else people


def _cursor() -> Cursor | None:
    """The place in the log that the address names; an address that can't be read is the log's beginning."""
    newer = "after" in request.args
    text = request.args.get("after" if newer else "before", "")
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > LAST_NUMBER:
        return None
    return Cursor(int(text), newer)


def _href(cursor: Cursor | None) -> str:
    if cursor is None:
        return ""
    values: dict[str, Any] = {name: request.args[name] for name in KEPT if request.args.get(name)}
    values["after" if cursor.newer else "before"] = cursor.number
    return url_for("audit.index", **values)
