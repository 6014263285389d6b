"""What time it is. Tests set the clock; everything else asks it, once per request or job, and passes the answer on."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, current_app

from liveapp import clock


def now() -> datetime:
    """The present moment, aware, in UTC, to the microsecond."""
    return now_in(current_app)


def now_in(app: Flask) -> datetime:
    """The same, outside of a request."""
    frozen: datetime | None = app.extensions.get("clock")
    return frozen or clock.now()


def set_clock(moment: datetime | None) -> None:
    """Stops this app's clock at `moment` (aware), or lets it run again with None."""
    if moment is not None and moment.tzinfo is None:
        raise ValueError("the clock needs a zone")
    current_app.extensions["clock"] = moment
