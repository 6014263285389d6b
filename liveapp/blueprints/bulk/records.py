"""Bulk changes as they are kept: the list of them, and one with what happened to each session."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import Response, g, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.bulk import blueprint
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.bulk import queries
from liveapp.domain.bulk.queries import PAGE
from liveapp.domain.bulk.selection import wish_of
from liveapp.gateways import queue
from liveapp.rules.bulk import Verb, back
from liveapp.rules.roles import Right
from liveapp.web import auth
from liveapp.web.arguments import id_from
from liveapp.web.bulk_words import WORDS, batch_values_in_words, label_of, title_of
from liveapp.web.htmx import page, swap, wants_partial

STOP_ASKING = 286


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    auth.require(organization.id, Right.BULK)
    rows = queries.batches(organization_id=organization.id, before=id_from(request.args.get("before")))
    return page(
        "bulk/index.html",
        batches=[{"row": row, "title": title_of(row), "icon": WORDS[Verb(row.verb)].icon} for row in rows[:PAGE]],
        timezone=organization.timezone,
        newer_href=url_for("bulk.index") if "before" in request.args else "",
        older_href=url_for("bulk.index", before=rows[PAGE - 1].id) if len(rows) > PAGE else "",
    )


@blueprint.get("/<uuid:batch_id>")
def show(batch_id: uuid.UUID) -> AnyResponse:
    """The page; and its part that asks again while the batch is at work, until it isn't."""
    batch = queries.batch(batch_id=batch_id)
    auth.require(batch.organization_id, Right.BULK)
    g.organization = accounts.organization_by_id(organization_id=batch.organization_id)
    progress = queue.progress_of(batch_id) if batch.status == "queued" else None
    tag = f"{batch.status}-{progress}"
    if wants_partial() and request.if_none_match.contains(tag):
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    response = swap("bulk/_batch.html", "bulk/show.html", **_shown(batch, progress))
    if wants_partial():
        response.set_etag(tag)
        if batch.status != "queued":
            response.status_code = STOP_ASKING
    return response


def _shown(batch: AnyRow, progress: int | None) -> dict[str, Any]:
    first = _first()
    rows = queries.sessions(batch_id=batch.id, first=first)
    hosts = {row.user_id: row.name for row in accounts.hosts(organization_id=batch.organization_id)}
    wish = wish_of(batch.verb, batch.payload["values"])
    return {
        "batch": batch,
        "title": label_of(batch),
        "words": WORDS[wish.verb],
        "said": batch_values_in_words(batch, hosts),
        "hosts": {str(key): name for key, name in hosts.items()},
        "left_out": queries.left_out(batch_id=batch.id),
        "progress": progress,
        "lines": [_line(row) for row in rows[:PAGE]],
        "timezone": g.organization.timezone,
        "before_href": url_for("bulk.show", batch_id=batch.id, first=first - PAGE or None) if first else "",
        "after_href": url_for("bulk.show", batch_id=batch.id, first=first + PAGE) if len(rows) > PAGE else "",
        "opposites": _opposites(batch, hosts) if batch.status == "done" else [],
        "again_href": url_for("bulk.preview", batch=batch.id, verb=batch.verb, **_values(batch)),
    }


def _line(row: AnyRow) -> dict[str, Any]:
    """A session of the batch; where it was moved, from when to when."""
    was, becomes = (row.before.get("scheduled_at"), row.after.get("scheduled_at"))
    moments = [datetime.fromisoformat(text) if text else None for text in (was, becomes)]
    return {"session": row, "was": moments[0], "becomes": moments[1]}


def _opposites(batch: AnyRow, hosts: dict[uuid.UUID, str]) -> list[tuple[str, str]]:
    """What can be done to undo it, as (words, address of the preview)."""
    these = {"batch": batch.id}
    cancel = ("Cancel these", url_for("bulk.preview", verb="cancel", **these))
    if batch.verb == Verb.PUBLISH:
        return [("Unpublish these", url_for("bulk.preview", verb="unpublish", **these)), cancel]
    if batch.verb == Verb.UNPUBLISH:
        return [("Publish these", url_for("bulk.preview", verb="publish", **these))]
    if batch.verb == Verb.HOST:
        return _back_to_host(batch, hosts)
    shift = back(wish_of(batch.verb, batch.payload["values"]).shift) if batch.verb == Verb.MOVE else None
    if shift is None:
        return []
    values: dict[str, Any] = {"days": shift.days or None, "minutes": shift.minutes or None}
    return [("Move them back", url_for("bulk.preview", verb="move", **these, **values))]


def _back_to_host(batch: AnyRow, hosts: dict[uuid.UUID, str]) -> list[tuple[str, str]]:
    """Only where all of them had the same host, who still works here."""
    before = [uuid.UUID(text) for text in queries.previous(batch_id=batch.id, name="host_id")]
    if len(before) != 1 or before[0] not in hosts:
        return []
    href = url_for("bulk.preview", verb="host", batch=batch.id, to_host=before[0])
    return [(f"Give them back to {hosts[before[0]]}", href)]


def _values(batch: AnyRow) -> dict[str, Any]:
    """The verb's values as they stand in the address of a preview."""
    wish = wish_of(batch.verb, batch.payload["values"])
    if wish.verb is Verb.HOST:
        return {"to_host": wish.host_id}
    if wish.verb is not Verb.MOVE:
        return {}
    minute = wish.shift.to_minute
    clock_time = None if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"
    return {"to_time": clock_time, "days": wish.shift.days or None, "minutes": wish.shift.minutes or None}


def _first() -> int:
    """Where the page of sessions begins; an address that makes no sense is the beginning."""
    text = request.args.get("first", "")
    first = int(text[:6]) if text.isascii() and text.isdecimal() else 0
    return first - first % PAGE
