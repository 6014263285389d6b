"""What accounts leave to the worker."""

from __future__ import annotations

from liveapp.domain.accounts import sign_in
from liveapp.unit_of_work import transact
from liveapp.web import clock


def mail_link(kind: str, email: str, wanted: str, ask_id: str) -> None:
    """Mails the link that somebody asked for, if the address is anybody's."""
    transact(sign_in.mail_link, kind=kind, email=email, wanted=wanted, ask_id=ask_id, now=clock.now())
