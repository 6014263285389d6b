"""``/dev/mail``: the laptop's mail catcher to look into. Registered in development only."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, Response, current_app
from werkzeug.http import dump_options_header

from liveapp.config import Settings
from liveapp.dev import mailbox
from liveapp.domain.errors import NotFound
from liveapp.web import auth, htmx

SHOWN = 100
"""How many messages the list has; older ones stay in the folder until the catcher drops them."""
HTML_POLICY = "; ".join(
    (
        "sandbox allow-popups allow-popups-to-escape-sandbox",
        "default-src 'none'",
        "img-src data: 'self'",
        "style-src 'unsafe-inline'",
        "frame-ancestors 'self'",
    )
)
"""A caught HTML part runs nothing and reaches nothing, but its links open, in a new tab."""

bp = Blueprint("dev_mail", __name__, url_prefix="/dev/mail", template_folder="templates")


def register(app: Flask) -> None:
    """Adds the pages to a development app."""
    app.register_blueprint(bp)


@bp.get("")
def index() -> Response:
    """The messages caught so far, newest first; the list refreshes itself."""
    mails = mailbox.newest(_folder(), limit=SHOWN)
    zone = auth.visitor_timezone("UTC")
    return htmx.swap("dev/mail/_list.html", "dev/mail/index.html", mails=mails, viewer_timezone=zone)


@bp.get("/<mail_id>")
def show(mail_id: str) -> Response:
    """One message: its headers, its text, its HTML in a frame that runs nothing, its attachments."""
    zone = auth.visitor_timezone("UTC")
    return htmx.page("dev/mail/show.html", mail=_mail(mail_id), viewer_timezone=zone)


@bp.get("/<mail_id>/html")
def html(mail_id: str) -> Response:
    """The HTML part, under a policy of its own."""
    content = _mail(mail_id).html
    if content is None:
        raise NotFound
    in_front = '<meta name="color-scheme" content="light"><base target="_blank">'
    response = Response(in_front + content, mimetype="text/html")
    response.headers["Content-Security-Policy"] = HTML_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@bp.get("/<mail_id>/attachments/<int:number>")
def attachment(mail_id: str, number: int) -> Response:
    """An attachment as a download; ``number`` counts from 0."""
    attachments = _mail(mail_id).attachments
    if number >= len(attachments):
        raise NotFound
    found = attachments[number]
    response = Response(found.content, content_type=found.content_type)
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": found.name})
    return response


def _mail(mail_id: str) -> mailbox.CaughtMail:
    found = mailbox.find(_folder(), mail_id)
    if found is None:
        raise NotFound
    return found


def _folder() -> Path:
    settings: Settings = current_app.extensions["settings"]
    return Path(settings.mail_directory or "var/mail")
