"""Mail by SMTP. One message at a time, with timeouts short enough that a hanging server doesn't hold a worker."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

from liveapp.config import Settings

TIMEOUT_SECONDS = 20


class MailRefused(Exception):
    """The server will never take this message (a 5xx answer): trying again is no use."""


class MailDelayed(Exception):
    """The server can't take it now (greylisting, hanging, away): try again later."""


def send(message: EmailMessage, settings: Settings) -> None:
    """Hands the message to the deployment's mail server. Raises MailRefused or MailDelayed."""
    try:
        _deliver(message, settings)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        _raise(max(codes, default=450), error)
    except smtplib.SMTPResponseException as error:
        _raise(error.smtp_code, error)
    except (smtplib.SMTPException, OSError) as error:
        raise MailDelayed(type(error).__name__) from error


def _raise(code: int, error: Exception) -> None:
    """RFC 5321, 4.2.1: 4yz is a passing failure, 5yz a permanent one."""
    kind = MailRefused if 500 <= code < 600 and code not in (535, 530) else MailDelayed
    raise kind(f"SMTP {code}") from error


def _deliver(message: EmailMessage, settings: Settings) -> None:
    connect = smtplib.SMTP_SSL if settings.mail_use_ssl else smtplib.SMTP
    with connect(settings.mail_server, settings.mail_port, timeout=TIMEOUT_SECONDS) as server:
        if settings.mail_use_tls:
            server.starttls(context=ssl.create_default_context())
        if settings.mail_username:
            server.login(settings.mail_username, settings.mail_password)
        server.send_message(message)
