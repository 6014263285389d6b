"""Mails: what each kind says (its template), to whom, with which calendar entry; sent once, retried until taken."""

from __future__ import annotations

import html
import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any

from flask import current_app, g, render_template

from liveapp.config import Settings
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.live_sessions import queries as live_sessions
from liveapp.domain.notifications import queries as notifications
from liveapp.domain.notifications import service
from liveapp.domain.notifications.models import Notification
from liveapp.domain.payments import lists as payments
from liveapp.gateways import mailer
from liveapp.tasks import payout_mails, video
from liveapp.tasks.mail_entries import entry_for_guest, entry_for_host
from liveapp.unit_of_work import transact
from liveapp.web import calendar_files, clock, locales
from liveapp.web.booking_links import join_url, may_join
from liveapp.web.booking_terms import terms
from liveapp.web.calendar_files import Entry
from liveapp.web.filters import paid_words
from liveapp.web.own_codes import has_own_code, own_code_url
from liveapp.web.qr import qr_png
from liveapp.web.signing import Purpose, sign, sign_booking
from liveapp.web.urls import absolute_url
from liveapp.web.when import When, when_of

WITH_OWN_CODE = {"booking_confirmed", "promoted", "booking_moved", "booking_link", "session_changed", "topic_final"}
PLANS = {
    "plan_given", "plan_ended", "plan_receipt", "plan_refund", "plan_rests", "renewal_failed", "credits_lapse",
}  # fmt: skip
RECEIPTS = {"receipt", "refund"}
CONFIRMING = {"booking_confirmed", "promoted", "booking_moved", "request_received", "request_accepted"}
"""Mails that say what was agreed, with its price and terms."""
SEVEN_BIT = policy.default.clone(cte_type="7bit")
"""Mail for servers that say nothing of 8-bit bodies (RFC 6152)."""
CODE_NAME = "own-code@live-sessions"
"""What the picture of a person's own code is called inside its mail (Content-ID, RFC 2392)."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail's words, its calendar entry, the other side's address, a person's own code as PNG (empty: none), and the
    name of the business that it comes from (empty: from us)."""

    subject: str
    text: str
    markup: str
    entry: Entry | None = None
    reply_to: str | None = None
    code: bytes = b""
    sender: str = ""


def send_mail(notification_id: str) -> None:
    """Writes and sends one promised mail. Sent ones are left alone; a refused one is marked failed for staff to see."""
    key = uuid.UUID(notification_id)
    notification = notifications.notification(notification_id=key)
    if notification.status != "queued":
        return
    message = compose(notification)
    try:
        mailer.send(message, current_app.extensions["settings"])
    except mailer.MailRefused as error:
        transact(service.mark_failed, notification_id=key, error=str(error))
        return
    transact(service.mark_sent, notification_id=key, now=clock.now())


def compose(notification: Notification) -> EmailMessage:
    """The message, ready to send. Its Message-ID is the notification's, so that a repeat is recognized as one."""
    settings: Settings = current_app.extensions["settings"]
    with current_app.test_request_context(base_url=settings.base_url):
        mail = _write(notification)
    message = EmailMessage(policy=SEVEN_BIT)
    message["Subject"] = " ".join(mail.subject.split())
    message["From"] = _sender(mail, settings)
    message["To"] = Address(addr_spec=notification.email)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{calendar_files.uid(notification.id, settings.base_url)}>"
    message["Auto-Submitted"] = "auto-generated"
    if mail.reply_to:
        message["Reply-To"] = Address(addr_spec=mail.reply_to)
    message.set_content(mail.text)
    message.add_alternative(mail.markup, subtype="html")
    markup = message.get_body(("html",))
    if mail.code and isinstance(markup, EmailMessage):
        markup.add_related(mail.code, "image", "png", cid=f"<{CODE_NAME}>", disposition="inline", filename="code.png")
    if mail.entry:
        _attach(message, mail.entry)
    return message


def _sender(mail: Mail, settings: Settings) -> Address:
    """The business's name over our address."""
    name, address = parseaddr(settings.mail_sender)
    return Address(display_name=" ".join(mail.sender.split()) or name, addr_spec=address)


def _attach(message: EmailMessage, entry: Entry) -> None:
    """The entry twice: as an alternative, which calendar-aware clients act on, and as a file for the others."""
    content = calendar_files.calendar(entry).decode()
    params = {"method": calendar_files.method(entry)}
    message.add_alternative(content, subtype="calendar", charset="utf-8", params=params)
    message.add_attachment(content, subtype="calendar", charset="utf-8", params=params, filename="invite.ics")


def _write(notification: Notification) -> Mail:
    g.locale = locales.of_reader(notification.locale)
    context: dict[str, Any] = dict(notification.payload)
    entry, code, booking = None, b"", None
    if notification.booking_id:
        booking = bookings.booking(booking_id=notification.booking_id)
        if notification.locale is None:
            g.locale = locales.of_reader(booking.locale)
        context |= _booking_context(notification, booking)
        if notification.kind.startswith("host_"):
            entry = entry_for_host(notification, context["url"], booking)
        else:
            entry = entry_for_guest(notification, booking, context["url"])
        if notification.kind in WITH_OWN_CODE and has_own_code(booking):
            code = qr_png(own_code_url(booking))
    elif notification.session_id:
        context |= _session_context(notification)
        entry = entry_for_host(notification, context["url"])
    elif notification.kind in PLANS:
        context |= _plan_context(notification)
    elif notification.kind in payout_mails.KINDS:
        context |= payout_mails.context(notification)
    elif notification.kind in video.MAILS:
        context |= video.context(notification)
    context |= _account_context(notification)
    context |= {"code": CODE_NAME if code else "", "is_shown": entry is not None and not entry.cancelled}
    return replace(
        _render(notification.kind, context),
        entry=entry,
        reply_to=_other_side(notification, booking, context),
        code=code,
        sender=_business(context),
    )


def _other_side(notification: Notification, booking: AnyRow | None, context: dict[str, Any]) -> str | None:
    """Who answers a reply: the guest for a booking's host, the payer for who is told of a dispute, the business for
    everybody else; nobody for mails of ours, and for a business that would answer itself."""
    if booking is not None:
        guest, business = booking.email, booking.contact_email
        return str(guest if notification.kind.startswith("host_") else business)
    if "payer" in context:
        return str(context["payer"])
    if notification.organization_id is None:
        return None
    business = accounts.organization_by_id(organization_id=notification.organization_id).contact_email
    return None if business == notification.email else business


def _business(context: dict[str, Any]) -> str:
    """The name of the business that a mail comes from; empty for mails about an account with us."""
    return str(context.get("organization_name", ""))


def _render(kind: str, context: dict[str, Any]) -> Mail:
    """One template a kind, whose blocks (subject, words, button) both layouts are filled with."""
    template = current_app.jinja_env.get_template(f"emails/{kind}.jinja")
    current_app.update_template_context(context)
    blocks = {name: "".join(block(template.new_context(context))).strip() for name, block in template.blocks.items()}
    paragraphs = [" ".join(part.split()) for part in blocks["words"].split("\n\n") if part.strip()]
    subject, button = _plain(blocks["subject"]), blocks.get("button", "")
    shared = context | {"subject": subject, "paragraphs": paragraphs, "button": button}
    shared.setdefault("facts", [])
    shared.setdefault("url", "")
    shared.setdefault("organization_name", "Live Sessions")
    return Mail(
        subject=subject,
        text=render_template(
            "emails/layout.txt",
            **shared | {"paragraphs": [_plain(each) for each in paragraphs], "button": _plain(button)},
        ),
        markup=render_template("emails/layout.html", **shared),
    )


def _plain(text: str) -> str:
    """Words as they are read, without the escapes that HTML needs."""
    return html.unescape(text)


def _booking_context(notification: Notification, booking: AnyRow) -> dict[str, Any]:
    for_host = notification.kind.startswith("host_")
    reader = notification.timezone or (booking.session_timezone if for_host else booking.timezone)
    at = when_of(booking, reader)
    return {
        "booking": booking,
        "tz": at.leading,
        "url": _booking_page(notification, booking, for_host),
        "was": _moment(notification, "was"),
        "until": _moment(notification, "until"),
        "again": _moment(notification, "again"),
        "organization_name": booking.organization_name,
        "facts": _facts(booking, at, for_host) + (_terms(booking, at) if notification.kind in CONFIRMING else []),
        "now": clock.now(),
    }


def _booking_page(notification: Notification, booking: AnyRow, for_host: bool) -> str:
    """What the mail's button names: for staff what they decide, the meeting or the session; the receipt for who paid;
    the session's public page for who lost their place in line; else the booking."""
    if notification.kind == "host_to_review" and booking.type == "meeting":
        return absolute_url("meetings.decide", booking_id=booking.id)
    if notification.kind == "host_to_review":
        return absolute_url("meetings.index", view="review")
    if notification.kind == "host_request_expired":
        return absolute_url("meetings.index")
    if for_host and booking.type == "meeting":
        return absolute_url("meetings.detail", booking_id=booking.id)
    if for_host:
        return absolute_url("sessions.detail", session_id=booking.session_id)
    if notification.kind == "offer_lapsed":
        return absolute_url("book.session", slug=booking.organization_slug, session_id=booking.session_id)
    token = sign_booking(booking.id, booking.link_nonce)
    if notification.kind in RECEIPTS:
        return absolute_url("receipts.of_booking", token=token, payment=notification.payload["payment_id"])
    return absolute_url("booking.show", token=token)


def _session_context(notification: Notification) -> dict[str, Any]:
    """For mails to a host about a session as a whole."""
    assert notification.session_id
    session = live_sessions.session(session_id=notification.session_id, with_deleted=True)
    at = when_of(session, notification.timezone or session.timezone)
    return {
        "session": session,
        "tz": at.leading,
        "url": "" if session.deleted_at else absolute_url("sessions.detail", session_id=session.id),
        "was": _moment(notification, "was"),
        "organization_name": session.organization_name,
        "facts": [("What", session.title), ("When", at.words())],
    }


def _plan_context(notification: Notification) -> dict[str, Any]:
    """For mails about somebody's plan: days are the organization's."""
    assert notification.organization_id
    assert notification.user_id
    organization = accounts.organization_by_id(organization_id=notification.organization_id)
    filters, said = current_app.jinja_env.filters, notification.payload
    expires_at, again = _moment(notification, "expires_at"), _moment(notification, "again")
    days = [(label, said.get(name)) for label, name in (("From", "first_day"), ("Until", "last_day"))]
    if notification.kind == "credits_lapse":
        url = absolute_url("book.organization", slug=organization.slug)
    elif "payment_id" in said:
        url = absolute_url("receipts.own", payment_id=said["payment_id"])
    else:
        url = absolute_url("my.plans")
    return {
        "url": url,
        "organization_name": organization.name,
        "again_on": filters["fmt_date"](again, organization.timezone) if again else "",
        "last_day": filters["fmt_last_day"](expires_at, organization.timezone) if expires_at else "",
        "has_lapsed": expires_at is not None and expires_at <= clock.now(),
        "facts": [("Plan", said["plan_name"])]
        + [(label, filters["fmt_day"](date.fromisoformat(day))) for label, day in days if day],
    }


def _moment(notification: Notification, name: str) -> datetime | None:
    """A moment that the mail was promised with."""
    said = notification.payload.get(name)
    return datetime.fromisoformat(said) if said else None


def _terms(booking: AnyRow, at: When) -> list[tuple[str, str]]:
    """What it costs, and until when it can be given back."""
    facts = [("Price", paid_words(booking))]
    if booking.status == "confirmed" and (words := terms(booking, at.leading, clock.now())):
        facts.append(("Terms", words))
    return facts


def _facts(booking: AnyRow, at: When, for_host: bool) -> list[tuple[str, str]]:
    facts = [("What", booking.title), ("When", at.words())]
    if booking.format == "online":
        facts.append(("Where", "Online"))
        if not for_host and may_join(booking):
            facts.append(("Join", join_url(booking)))
    elif booking.location_name:
        facts.append(("Where", ", ".join(part for part in (booking.location_name, booking.location_address) if part)))
    facts.append(("Guest", f"{booking.name} ({booking.email})") if for_host else ("With", booking.host_name))
    if booking.topic:
        facts.append(("Topic", booking.topic))
    if booking.focus_area:
        facts.append(("Prepare", booking.focus_area))
    if for_host and booking.message:
        facts.append(("Message", booking.message))
    return facts


def _account_context(notification: Notification) -> dict[str, Any]:
    """Links of account mails. The token is made now, when the mail is written, and kept nowhere."""
    return _LINKS[notification.kind](notification) if notification.kind in _LINKS else {}


def _sign_in(notification: Notification) -> dict[str, Any]:
    return {
        "url": absolute_url(
            "accounts.sign_in_with", token=_token(Purpose.SIGN_IN, notification), **_onward(notification)
        )
    }


def _reset(notification: Notification) -> dict[str, Any]:
    return {"url": absolute_url("accounts.reset_with", token=_token(Purpose.RESET, notification))}


def _verify(notification: Notification) -> dict[str, Any]:
    sign_up_id = uuid.UUID(notification.payload["sign_up_id"])
    return {"url": absolute_url("accounts.verify", token=sign(Purpose.VERIFY, sign_up_id), **_onward(notification))}


def _password_changed(notification: Notification) -> dict[str, Any]:
    return {"url": absolute_url("accounts.reset")}


def _already(_notification: Notification) -> dict[str, Any]:
    return {"url": absolute_url("accounts.sign_in"), "reset_url": absolute_url("accounts.reset")}


def _invitation(notification: Notification) -> dict[str, Any]:
    invitation_id = uuid.UUID(notification.payload["invitation_id"])
    assert notification.organization_id
    organization = accounts.organization_by_id(organization_id=notification.organization_id)
    return {
        "url": absolute_url("accounts.invitation", token=sign(Purpose.INVITATION, invitation_id)),
        "organization_name": organization.name,
    }


def _onward(notification: Notification) -> dict[str, Any]:
    """The page of ours that the person wanted before they asked for the link."""
    wanted = notification.payload.get("next")
    return {"next": wanted} if wanted else {}


def _dispute(notification: Notification) -> dict[str, Any]:
    assert notification.organization_id
    organization = accounts.organization_by_id(organization_id=notification.organization_id)
    payment = payments.payment(payment_id=uuid.UUID(notification.payload["payment_id"]))
    until, filters = _moment(notification, "due_by"), current_app.jinja_env.filters
    facts = [("Payment", filters["paid_for"](payment)), ("Person", f"{payment.name} ({payment.email})")]
    return {
        "url": absolute_url("payments.show", payment_id=payment.id),
        "organization_name": organization.name,
        "name": payment.name,
        "payer": payment.email,
        "due_by": until,
        "tz": organization.timezone,
        "facts": facts + ([("Reason", notification.payload["words"])] if notification.payload["words"] else []),
    }


def _token(purpose: Purpose, notification: Notification) -> str:
    """A link that works once: it carries the person's nonce, which changes when it is used."""
    assert notification.user_id
    return sign(purpose, notification.user_id, accounts.sign_in_nonce(user_id=notification.user_id))


_LINKS = {
    "sign_in_link": _sign_in,
    "reset_password": _reset,
    "verify_email": _verify,
    "already_registered": _already,
    "password_changed": _password_changed,
    "sign_in_tries": _password_changed,
    "invitation": _invitation,
    "dispute": _dispute,
}
