"""A host's page and their times: month, slots of the day, details, confirm. All of it on one address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.book import blueprint
from liveapp.blueprints.book.frame import LACKS_PLAN, frame, plans_href, terms_for
from liveapp.blueprints.book.month import Times, moment, month_view
from liveapp.blueprints.book.onward import onward
from liveapp.blueprints.book.schedule import own_in
from liveapp.blueprints.book.session import person_of, reader_of, told_by_mail
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.availability.calendar import booking_rules
from liveapp.domain.bookings import links, offered, public
from liveapp.domain.bookings.errors import NotBookable, SlotGone, TermsChanged
from liveapp.domain.bookings.places import Wish
from liveapp.domain.bookings.shown import terms_of
from liveapp.domain.bookings.standing import could_take
from liveapp.domain.constraints import HostBusy, NoCredits
from liveapp.domain.meetings import offers
from liveapp.domain.meetings import queries as meeting_queries
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time, chosen_duration
from liveapp.forms.booking import BookingForm
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, clock, limits, made_here, shown_terms
from liveapp.web.htmx import invalid, page, swap


@dataclass(frozen=True, slots=True)
class Place:
    """The host of the address, and their times for its offering."""

    host: AnyRow
    times: Times


@blueprint.get("/<slug>/with/<host_slug>")
def host(slug: str, host_slug: str) -> Response:
    organization = accounts.organization(slug=slug)
    found = offered.host(organization_id=organization.id, host_slug=host_slug)
    timezone = auth.visitor_timezone(organization.timezone)
    now = clock.now()
    sessions = public.schedule(
        organization_id=organization.id,
        first=now,
        now=now,
        last=now + timedelta(days=60),
        filters=public.Filters(host=host_slug),
    )[:10]
    return page(
        "book/host.html",
        **frame(organization, timezone),
        host=found,
        offerings=[
            each
            for each in offered.offerings(organization_id=organization.id)
            if each.kind == "meeting" and each.host_id in (None, found.user_id)
        ],
        sessions=sessions,
        own=own_in(sessions),
    )


@blueprint.get("/<slug>/with/<host_slug>/<offering_slug>")
def slots(slug: str, host_slug: str, offering_slug: str) -> Response:
    place = _place(slug, host_slug, offering_slug)
    return swap("book/_times.html", "book/times.html", **_context(place, BookingForm.fresh(auth.known_person())))


@blueprint.post("/<slug>/with/<host_slug>/<offering_slug>")
@limits.limiter.limit(limits.BOOKING)
@limits.per_account(limits.BOOKINGS_FOR_ONE)
def book_slot(slug: str, host_slug: str, offering_slug: str) -> AnyResponse:
    place = _place(slug, host_slug, offering_slug)
    form = BookingForm()
    start = moment(request.args.get("start"))
    if start is None or not form.validate_on_submit():
        return invalid("book/times.html", **_context(place, form))
    person = person_of(form, place.times.organization)
    try:
        booking_id = transact_in_turn(
            [place.host.user_id, *([person.user_id] if person.user_id else [])],
            meetings.book_slot,
            organization_id=place.times.organization.id,
            offering_id=place.times.offering.id,
            host_id=place.host.user_id,
            time=Time(start, place.times.duration),
            person=person,
            wish=Wish(form.suggested_topic.data or "", form.message.data or ""),
            key=made_here.own_key(form.key_for(place.host.user_id)),
            choice=form.pay_with.choice,
            shown=shown_terms.read(form.shown.data),
            now=clock.now(),
        )
    except (SlotGone, HostBusy, NotBookable, NoCredits) as refusal:
        mine = None if person.user_id else links.held_with(host_id=place.host.user_id, start=start, email=person.email)
        if mine:
            return told_by_mail(place.times.organization, mine.session_id, person.email, back_href=place.times.href())
        return _shown_again(_context(place, form, refused=refusal.sentence), refusal.status)
    except TermsChanged as refusal:
        return _shown_again(_context(place, form) | {"changed": shown_terms.changed_words(refusal)}, refusal.status)
    made_here.remember(booking_id)
    return onward(booking_id, place.times.organization)


def _shown_again(context: dict[str, Any], status: int) -> Response:
    """The page as it is now, after nothing was booked."""
    response = page("book/times.html", **context)
    response.status_code = status
    return response


def _place(slug: str, host_slug: str, offering_slug: str) -> Place:
    organization = accounts.organization(slug=slug)
    found = offered.host(organization_id=organization.id, host_slug=host_slug)
    offering_id = offered.meeting_offering_id(
        organization_id=organization.id, host_id=found.user_id, offering_slug=offering_slug
    )
    _, offering = meeting_queries.meeting_offering(
        organization_id=organization.id, offering_id=offering_id, host_id=found.user_id
    )
    wanted = request.args.get("duration", type=int)
    duration = chosen_duration(offering, wanted if wanted in (offering.durations or []) else None)
    address = partial(url_for, "book.slots", slug=slug, host_slug=host_slug, offering_slug=offering_slug)
    reader = auth.visitor_timezone(organization.timezone)
    rules = booking_rules(organization=organization, host_id=found.user_id)
    timezone = reader if offering.format == "online" else rules.timezone
    return Place(found, Times(organization, found.user_id, offering, duration, timezone, reader, address))


def _context(place: Place, form: BookingForm, refused: str = "") -> dict[str, Any]:
    view = month_view(place.times, refused=refused)
    organization, start = place.times.organization, view["start"]
    ways = _ways_to_pay(place, form, view)
    terms = terms_for(organization, ways.get("answer"), start, place.times.timezone) if start else ""
    action = place.times.href(start=request.args.get("start", ""))
    lacks = "answer" in ways and ways["answer"].answer in LACKS_PLAN
    back = place.times.href(start=request.args.get("start", "")) if lacks else ""
    ways["plans_href"] = plans_href(organization, back=back) if lacks else ""
    return view | ways | {"host": place.host, "form": form, "terms": terms, "action": action}


def _ways_to_pay(place: Place, form: BookingForm, view: dict[str, Any]) -> dict[str, Any]:
    """Whether who looks could have the chosen time, and how they would pay for it."""
    chosen = view["chosen"]
    if chosen is None:
        return {}
    wanted = offers.prospect(place.times.organization, place.times.offering, chosen)
    answer = could_take(wanted, reader_of(place.times.timezone), clock.now())
    form.pay_with.offer(answer)
    form.shown.data = shown_terms.signed(terms_of(wanted, place.times.organization))
    return {"answer": answer}
