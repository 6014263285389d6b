"""What a bulk change would do, shown before it is done; and asking for it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import request, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.bulk import blueprint
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.bulk import batches, queries
from liveapp.domain.bulk.errors import LookAgain, NothingChosen, SomeRefused, TooMany
from liveapp.domain.bulk.fates import Fate, fates, fingerprint, is_told
from liveapp.domain.bulk.selection import Selection, Wish, chosen
from liveapp.domain.errors import Busy, Invalid, NotFound
from liveapp.forms.bulk import VALUES, GoAheadForm, HostValuesForm, ValuesForm
from liveapp.rules.bulk import SMALL, Verb
from liveapp.rules.roles import Right
from liveapp.unit_of_work import transact_many
from liveapp.web import auth, clock
from liveapp.web import batches as applying
from liveapp.web.arguments import id_from
from liveapp.web.bulk_words import WORDS, values_in_words
from liveapp.web.htmx import go, invalid, page
from liveapp.web.session_filters import Arguments, choices_of, filters_from, in_words, kept_from

SHOWN = 50
MOST_BY_HAND = 200


class Asked:
    """What the address or the form asks for: which sessions, which verb, and its values once they are given."""

    def __init__(self, arguments: Arguments) -> None:
        self.organization: Organization = auth.current_organization()
        self.actor: Actor = auth.require(self.organization.id, Right.BULK)
        self.verb = _verb(arguments)
        self.selection = _selection(arguments, self.organization)
        self.form = _values_form(self.verb, arguments, self.organization)
        self.wish: Wish | None = None
        given = any(arguments.get(name) for name in self.form._fields)
        if given or self.verb not in VALUES:
            self.wish = self.form.wish(self.verb) if self.form.validate() else None

    @property
    def address(self) -> dict[str, Any]:
        """What stands in the address of the preview; the verb's values too."""
        values = {name: _text(field) for name, field in self.form._fields.items()}
        return {"verb": self.verb.value} | self.selection.said | {name: text for name, text in values.items() if text}


@blueprint.get("/preview")
def preview() -> AnyResponse:
    asked = Asked(request.args)
    try:
        context = _shown(asked)
    except (NothingChosen, TooMany) as refusal:
        return invalid("bulk/nothing.html", refusal=refusal, back_href=_list_href(asked))
    except Invalid as refusal:
        asked.form.refuse(refusal)
        asked.wish = None
        context = _shown(asked)
    answer = invalid if asked.form.errors else page
    return answer("bulk/preview.html", **context, go_ahead=GoAheadForm(formdata=None))


@blueprint.post("")
def apply() -> AnyResponse:
    asked, form = Asked(request.form), GoAheadForm()
    if asked.wish is None:
        return go(url_for("bulk.preview", **asked.address))
    if not form.validate():
        return invalid("bulk/preview.html", **_shown(asked), go_ahead=form)
    try:
        batch_id = _ask(asked, form)
    except (NothingChosen, TooMany) as refusal:
        return invalid("bulk/nothing.html", refusal=refusal, back_href=_list_href(asked))
    except (Invalid, LookAgain, SomeRefused) as refusal:
        form.refuse(refusal)
        return invalid("bulk/preview.html", **_shown(asked), go_ahead=form)
    _apply_if_small(batch_id)
    return go(url_for("bulk.show", batch_id=batch_id))


def _ask(asked: Asked, form: GoAheadForm) -> uuid.UUID:
    assert asked.wish is not None
    wish = Wish(asked.wish.verb, form.reason.data, asked.wish.host_id, asked.wish.shift)
    return transact_many(
        [asked.organization.id],
        batches.ask,
        actor=asked.actor,
        selection=asked.selection,
        wish=wish,
        leaves_out=form.leaves_out.data,
        seen=form.seen.data or "",
        key=form.key_for(asked.organization.id),
        now=clock.now(),
    )


def _apply_if_small(batch_id: uuid.UUID) -> None:
    """Does it at once; when the database has no time, a worker does it a little later."""
    if queries.batch(batch_id=batch_id).number > SMALL:
        return
    try:
        applying.apply(batch_id)
    except (Busy, OperationalError):
        return


def _shown(asked: Asked) -> dict[str, Any]:
    """What the preview says. Raises NothingChosen, TooMany and Invalid."""
    now = clock.now()
    sessions = chosen(asked.selection, actor=asked.actor, now=now)
    found = fates(sessions, asked.wish, actor=asked.actor, now=now) if asked.wish else []
    first = _first(len(sessions))
    return {
        "verb": asked.verb,
        "words": WORDS[asked.verb],
        "verbs": [_tab(asked, verb) for verb in WORDS],
        "selection": asked.selection,
        "form": asked.form,
        "address": asked.address,
        "timezone": asked.organization.timezone,
        "said": _said(asked),
        "number": len(sessions),
        "sessions": sessions[first : first + SHOWN],
        "fates": {fate.session.id: fate for fate in found},
        "refused": _grouped([fate for fate in found if fate.why]),
        "doing": sum(not fate.why for fate in found),
        "seen": fingerprint(found),
        "needs_reason": asked.wish is not None and batches.needs_reason(found, asked.wish),
        "cancelled_first": sum(not fate.why and fate.session.status == "scheduled" for fate in found),
        "audience": queries.audience(session_ids=_told(found, asked.wish)),
        "hosts_told": len(_hosts_told(found, asked)),
        "first": first,
        "before_href": _page_href(asked, first - SHOWN) if first else "",
        "after_href": _page_href(asked, first + SHOWN) if first + SHOWN < len(sessions) else "",
        "back_href": _list_href(asked),
    }


def _told(found: Sequence[Fate], wish: Wish | None) -> list[uuid.UUID]:
    return [fate.session.id for fate in found if wish and is_told(fate, wish)]


def _hosts_told(found: Sequence[Fate], asked: Asked) -> set[uuid.UUID]:
    """The hosts before and after; whoever asks knows already."""
    told = [fate for fate in found if asked.wish and is_told(fate, asked.wish)]
    hosts = {fate.session.host_id for fate in told} | {fate.claim.host_id for fate in told if fate.claim}
    return hosts - {asked.actor.user_id}


def _grouped(refused: list[Fate]) -> list[tuple[str, list[Fate]]]:
    """By reason, the one that most have first."""
    refused.sort(key=lambda fate: fate.why)
    groups = [(why, list(each)) for why, each in groupby(refused, key=lambda fate: fate.why)]
    return sorted(groups, key=lambda group: -len(group[1]))


def _said(asked: Asked) -> str:
    hosts = {row.user_id: row.name for row in accounts.hosts(organization_id=asked.organization.id)}
    return values_in_words(asked.wish, hosts) if asked.wish else ""


def _verb(arguments: Arguments) -> Verb:
    named = arguments.get("verb", "")
    return Verb(named) if named in tuple(Verb) else Verb.PUBLISH


def _selection(arguments: Arguments, organization: Organization) -> Selection:
    """All that match the filters, those of an earlier batch, or those that were ticked."""
    if arguments.get("all"):
        kept, filters = kept_from(arguments), filters_from(arguments, organization)
        words = in_words(filters, kept, choices_of(organization))
        return Selection(filters=filters, words=f"All that match: {words}", said={"all": "1"} | kept)
    batch_id = id_from(arguments.get("batch"))
    if batch_id:
        return _of_batch(batch_id, organization)
    ids = [found for text in arguments.getlist("id")[:MOST_BY_HAND] if (found := id_from(text))]
    return Selection(ids=frozenset(ids), words="Ticked by hand", said={"id": [str(each) for each in ids]})


def _of_batch(batch_id: uuid.UUID, organization: Organization) -> Selection:
    if queries.batch(batch_id=batch_id).organization_id != organization.id:
        raise NotFound()
    return Selection(batch_id=batch_id, words="Those of an earlier bulk change", said={"batch": str(batch_id)})


def _values_form(verb: Verb, arguments: Arguments, organization: Organization) -> ValuesForm:
    form = VALUES.get(verb, ValuesForm)(formdata=arguments)
    if isinstance(form, HostValuesForm):
        form.offer(accounts.hosts(organization_id=organization.id))
    return form


def _text(field: Any) -> str:
    return str(field.raw_data[0]) if field.raw_data else ""


def _tab(asked: Asked, verb: Verb) -> dict[str, Any]:
    href = url_for("bulk.preview", verb=verb.value, **asked.selection.said)
    return {"label": WORDS[verb].name, "href": href, "current": verb is asked.verb}


def _first(number: int) -> int:
    """Where the page of sessions begins; an address that makes no sense is the beginning."""
    text = request.args.get("first", "")
    first = int(text[:6]) if text.isascii() and text.isdecimal() else 0
    return first - first % SHOWN if first < number else 0


def _page_href(asked: Asked, first: int) -> str:
    return url_for("bulk.preview", **asked.address, first=first or None)


def _list_href(asked: Asked) -> str:
    kept = {name: value for name, value in asked.selection.said.items() if asked.selection.filters and name != "all"}
    return url_for("sessions.index", **kept)
