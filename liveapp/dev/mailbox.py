"""The mail catcher's store: one file a message, newest names last, so that it opens in any mail program too."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message, MIMEPart
from pathlib import Path

KEPT = 500
NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is offered as a file."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One message as it reached the catcher."""

    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str | None
    attachments: tuple[Attachment, ...]


def keep(
    folder: Path, content: bytes, *, sender: str, recipients: Sequence[str], now: datetime, limit: int = KEPT
) -> str:
    """Store a message with its envelope in front, drop the oldest over ``limit``, and return its id."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{now.astimezone(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    envelope = f"X-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(recipients)}\r\n".encode()
    unfinished = folder / f".{name}"
    unfinished.write_bytes(envelope + content)
    unfinished.replace(folder / f"{name}.eml")
    for surplus in _files(folder)[limit:]:
        surplus.unlink(missing_ok=True)
    return name


def newest(folder: Path, *, limit: int = KEPT) -> list[CaughtMail]:
    """The latest messages, newest first."""
    return [mail for file in _files(folder)[:limit] if (mail := find(folder, file.stem)) is not None]


def find(folder: Path, mail_id: str) -> CaughtMail | None:
    """The message of that id, or None."""
    file = folder / f"{mail_id}.eml"
    if not NAME.fullmatch(mail_id) or not file.is_file():
        return None
    return _parse(mail_id, file.read_bytes())


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"), reverse=True)


def _parse(mail_id: str, content: bytes) -> CaughtMail:
    message = message_from_bytes(content, policy=policy.default)
    sender, recipients = str(message["X-Envelope-From"]), str(message["X-Envelope-To"])
    del message["X-Envelope-From"], message["X-Envelope-To"]
    html = message.get_body(("html",))
    return CaughtMail(
        id=mail_id,
        received_at=datetime.strptime(mail_id[:21], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC),
        sender=sender,
        recipients=tuple(part.strip() for part in recipients.split(",")),
        subject=str(message["Subject"] or ""),
        headers=tuple((name, str(value)) for name, value in message.items()),
        text=_text_of(message.get_body(("plain",))) or "",
        html=_with_pictures(_text_of(html), message),
        attachments=tuple(_attachments(message)),
    )


def _text_of(part: MIMEPart | None) -> str | None:
    if part is None:
        return None
    content = part.get_content()
    return content if isinstance(content, str) else None


def _with_pictures(markup: str | None, message: EmailMessage) -> str | None:
    """The pictures that came along put into the words, as mail programs show them."""
    for part in message.walk() if markup else ():
        if part["Content-ID"]:
            picture = base64.b64encode(_bytes_of(part)).decode()
            name = str(part["Content-ID"]).strip("<>")
            markup = str(markup).replace(f"cid:{name}", f"data:{part.get_content_type()};base64,{picture}")
    return markup


def _bytes_of(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _attachments(message: EmailMessage) -> list[Attachment]:
    """Files, and calendar parts too: mail programs read them from inside the alternatives."""
    bodies = {id(message.get_body((kind,))) for kind in ("plain", "html")}
    found: list[Attachment] = []
    for part in message.walk():
        if part.is_multipart() or part["Content-ID"] or id(part) in bodies:
            continue
        kind = part.get_content_type()
        name = part.get_filename() or ("invite.ics" if kind == "text/calendar" else f"part-{len(found) + 1}")
        found.append(Attachment(name, str(part["Content-Type"] or kind), _bytes_of(part)))
    return found
