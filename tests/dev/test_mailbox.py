"""The mail catcher's store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from liveapp.dev import mailbox

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def a_mail(subject: str = "Your place in Morning flow — see you") -> EmailMessage:
    """A mail as the app sends them: text, HTML and a calendar entry."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "studio@example.com", "ben@example.com", subject
    mail.set_content("See https://book.example.com/bookings/x")
    mail.add_alternative("<p>See <a href='https://book.example.com/bookings/x'>your booking</a></p>", subtype="html")
    mail.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="invite.ics", params={"method": "REQUEST"})
    return mail


def keep(folder: Path, mail: EmailMessage, now: datetime = NOON, limit: int = mailbox.KEPT) -> str:
    """Store a mail to Ben."""
    sender, recipients = "bounce@example.com", ["ben@example.com"]
    return mailbox.keep(folder, mail.as_bytes(), sender=sender, recipients=recipients, now=now, limit=limit)


def test_a_mail_is_read_back_whole(tmp_path: Path) -> None:
    found = mailbox.find(tmp_path, keep(tmp_path, a_mail()))

    assert found is not None
    assert found.subject == "Your place in Morning flow — see you"
    assert (found.sender, found.recipients, found.received_at) == ("bounce@example.com", ("ben@example.com",), NOON)
    assert "https://book.example.com/bookings/x" in found.text
    assert found.html is not None
    assert "your booking" in found.html
    assert [(each.name, each.content) for each in found.attachments] == [("invite.ics", b"BEGIN:VCALENDAR\n")]
    assert 'method="REQUEST"' in found.attachments[0].content_type
    assert "X-Envelope-To" not in dict(found.headers)


def test_the_newest_come_first_and_the_oldest_over_the_limit_go(tmp_path: Path) -> None:
    for minute in range(5):
        keep(tmp_path, a_mail(f"Number {minute}"), NOON + timedelta(minutes=minute), limit=3)

    assert [mail.subject for mail in mailbox.newest(tmp_path)] == ["Number 4", "Number 3", "Number 2"]


def test_a_name_that_leaves_the_folder_finds_nothing(tmp_path: Path) -> None:
    inside = tmp_path / "mail"
    name = keep(tmp_path, a_mail())
    inside.mkdir()
    assert mailbox.find(inside, f"../{name}") is None
