"""Sessions: list, calendar, new, one session, changes of state, series."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required

from liveapp.web.navigation import P

blueprint = Blueprint("sessions", __name__, url_prefix=f"{P}/sessions")


@blueprint.before_request
@login_required  # type: ignore[untyped-decorator]
def signed_in() -> None:
    """Nothing here is for strangers."""


from liveapp.blueprints.sessions import (  # noqa: E402
    adding,
    attendance,
    board,
    bookings,
    changes,
    content,
    creation,
    door,
    joining,
    money,
    states,
    topics,
    view,
)

__all__ = [
    "adding",
    "attendance",
    "blueprint",
    "board",
    "bookings",
    "changes",
    "content",
    "creation",
    "door",
    "joining",
    "money",
    "states",
    "topics",
    "view",
]
