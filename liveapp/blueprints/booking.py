"""One booking, opened by a signed link: details, calendar, cancel, reschedule, answer."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("booking", __name__, url_prefix="/bookings")
