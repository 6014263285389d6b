"""A session's public page, with the form that books a place or joins the waiting list."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.book import blueprint
from liveapp.blueprints.book.frame import LACKS_PLAN, frame, plans_href, terms_for
from liveapp.blueprints.book.onward import onward
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.people import Person
from liveapp.domain.bookings import links, places, public, topics
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.errors import NotBookable, TermsChanged
from liveapp.domain.bookings.places import Wish
from liveapp.domain.bookings.shown import terms_of
from liveapp.domain.bookings.standing import Reader, standing
from liveapp.domain.constraints import AlreadyBooked, NoCredits
from liveapp.domain.errors import NotFound
from liveapp.domain.workouts import queries as contents
from liveapp.forms.booking import BookingForm
from liveapp.rules.eligibility import Answer
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import auth, clock, limits, locales, made_here, shown_terms
from liveapp.web.htmx import go, invalid, page
from liveapp.web.signing import sign_booking
from liveapp.web.when import when_of

TOLD_BY_MAIL = (Answer.ALREADY_BOOKED.value, Answer.OVERLAP.value)


@blueprint.get("/<slug>/sessions/<uuid:session_id>")
def session(slug: str, session_id: uuid.UUID) -> Response:
    organization = accounts.organization(slug=slug)
    return page("book/session.html", **_context(organization, session_id, BookingForm.fresh(auth.known_person())))


@blueprint.post("/<slug>/sessions/<uuid:session_id>")
@limits.limiter.limit(limits.BOOKING)
@limits.per_account(limits.BOOKINGS_FOR_ONE)
def book_place(slug: str, session_id: uuid.UUID) -> AnyResponse:
    organization = accounts.organization(slug=slug)
    form = BookingForm()
    if not form.validate_on_submit():
        return invalid("book/session.html", **_context(organization, session_id, form))
    person = person_of(form, organization)
    try:
        booking_id = transact_in_turn(
            [session_id, *([person.user_id] if person.user_id else [])],
            bookings.book_place,
            session_id=session_id,
            organization_id=organization.id,
            person=person,
            wish=Wish(form.suggested_topic.data or "", form.message.data or ""),
            key=made_here.own_key(form.key_for(session_id)),
            choice=form.pay_with.choice,
            shown=shown_terms.read(form.shown.data),
            now=clock.now(),
        )
    except (NotBookable, AlreadyBooked, NoCredits) as refusal:
        if refusal.code in TOLD_BY_MAIL and not person.user_id:
            return told_by_mail(organization, session_id, person.email, back_href=request.path)
        return _refused(organization, session_id, form, refusal.sentence, refusal.status)
    except TermsChanged as refusal:
        return _refused(organization, session_id, form, shown_terms.changed_words(refusal), refusal.status)
    made_here.remember(booking_id)
    return onward(booking_id, organization)


def _refused(
    organization: Organization, session_id: uuid.UUID, form: BookingForm, sentence: str, status: int
) -> AnyResponse:
    """The page as it is now, with why nothing was booked."""
    response = page("book/session.html", **_context(organization, session_id, form, refused=sentence))
    response.status_code = status
    return response


def told_by_mail(organization: Organization, session_id: uuid.UUID, email: str, *, back_href: str) -> AnyResponse:
    """Whose address it is reads in their mail what they have, in this session or at its time; who typed it reads only
    that there is a mail. The browser that made the booking is led to it."""
    held = links.held(session_id=session_id, email=email)
    if held and made_here.was_made_here(held.id):
        return go(url_for("booking.show", token=sign_booking(held.id, held.link_nonce), new=1))
    transact(links.remind, session_id=session_id, email=email, now=clock.now())
    around = frame(organization, auth.visitor_timezone(organization.timezone))
    return page("book/sent.html", **around, email=email, back_href=back_href)


def person_of(form: BookingForm, organization: Organization) -> Person:
    """Who books: the signed-in person when the address is theirs, else a guest by name and address."""
    timezone = auth.visitor_timezone(organization.timezone)
    email, name = form.email.data or "", form.name.data or ""
    own = current_user.is_authenticated and current_user.email == email.strip().lower()
    return Person(
        email=email,
        name=name,
        timezone=timezone,
        locale=locales.formats(),
        user_id=auth.person().user_id if own else None,
    )


def reader_of(timezone: str) -> Reader:
    """Who looks at the page: the signed-in person, or nobody in particular."""
    person = auth.known_person()
    return Reader(user_id=person.user_id, is_known=True, timezone=timezone) if person else Reader(timezone=timezone)


def _context(organization: Organization, session_id: uuid.UUID, form: BookingForm, refused: str = "") -> dict[str, Any]:
    row = public.session(organization_id=organization.id, session_id=session_id, now=clock.now())
    timezone = auth.visitor_timezone(organization.timezone)
    leading = when_of(row, timezone).leading
    place = places.bookable(session_id)
    found = standing(place, reader_of(leading), clock.now())
    answer, own = found.answer, found.own
    lacks = answer.answer in LACKS_PLAN
    if answer.answer is Answer.NOT_VISIBLE and own is None:
        raise NotFound(public.CANT_FIND)
    form.pay_with.offer(answer)
    form.shown.data = shown_terms.signed(terms_of(place, place))
    return frame(organization, timezone) | {
        "session": row,
        "answer": answer,
        "content": contents.content_of(session_id=session_id) if own and own.status == "confirmed" else None,
        "asks_topic": topics.is_asked_for(row, clock.now()),
        "own_href": url_for("booking.show", token=sign_booking(own.id, own.link_nonce)) if own else "",
        "form": form,
        "refused": refused,
        "terms": terms_for(organization, answer, row.scheduled_at, leading),
        "plans_href": plans_href(organization, back=request.path) if lacks else "",
        "action": url_for("book.book_place", slug=organization.slug, session_id=session_id),
        "back_href": request.args.get("back", "") and url_for("book.organization", slug=organization.slug),
    }
