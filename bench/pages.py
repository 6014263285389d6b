"""The public schedule with 50 rows beside a bare page of 50 rows by ORM and Jinja, and each page beside a bare Flask
view of the same bytes, in one run.

Run: python bench/pages.py. Five alternating rounds, 8 clients, a connection a request; medians of the rounds.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import _site

ROUNDS, REQUESTS, CLIENTS = 5, 400, 8


def main() -> None:
    """Prints requests a second, p50, p99, and the ratio of the times."""
    with _site.database() as database, tempfile.TemporaryDirectory() as folder:
        day = fill(database.url)
        pages = {
            "schedule": "/book/studio",
            "session": f"/book/studio/sessions/{day['session']}",
            "times": "/book/studio/with/ada/talk",
            "slots": f"/api/slots?organization=studio&host=ada&offering=talk&from={day['from']}&to={day['to']}&tz=UTC",
        }
        with _site.served("app:app", **_site.site(database.url)) as port:
            for name, path in pages.items():
                answer = _site.ask(port, _site.get(path))
                assert answer.status == 200, (name, answer.status)
                Path(folder, f"{name}.body").write_bytes(answer.body)
            with _site.served("bare:app", BENCH_BODIES=folder, DATABASE_URL=database.url) as bare:
                compare("schedule, beside a bare page of 50 rows", 0, port, pages["schedule"], bare, "/rows")
                for name, path in pages.items():
                    size = Path(folder, f"{name}.body").stat().st_size
                    compare(name, size, port, path, bare, f"/{name}.body")


def compare(name: str, size: int, port: int, path: str, bare: int, bare_path: str) -> None:
    """Alternates between the two and prints both."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(measure(port, path))
        theirs.append(measure(bare, bare_path))
    rate, p50, p99 = (statistics.median(each) for each in zip(*ours, strict=True))
    bare_rate, bare_p50, bare_p99 = (statistics.median(each) for each in zip(*theirs, strict=True))
    own = f"{rate:6.0f}/s  p50 {p50:6.2f} ms  p99 {p99:6.2f} ms ({p99 / p50:3.1f} × p50)"
    other = f"{bare_rate:6.0f}/s  p50 {bare_p50:5.2f} ms  p99 {bare_p99:5.2f} ms"
    print(f"{name:9s} {size / 1024:5.1f} kB   ours {own}   bare {other}   ratio {bare_rate / rate:4.1f}")


def measure(port: int, path: str) -> tuple[float, float, float]:
    """Requests a second, p50 and p99 in ms."""
    request = partial(_site.ask, port, _site.get(path))
    answers, seconds = _site.together([request] * REQUESTS, CLIENTS)
    assert all(answer.status == 200 for answer in answers)
    return REQUESTS / seconds, *_site.quantiles(answers)


def fill(url: str) -> dict[str, str]:
    """A studio with fifty sessions in the next seven days, and a host with hours and forty meetings."""
    os.environ |= _site.site(url)
    from app import app
    from tests import cast

    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with app.app_context():
        organization_id = cast.organization()
        offering_id = cast.offering(organization_id)
        session_id = None
        hosts = [cast.staff(organization_id, f"Host{number} Example", "coach") for number in range(6)]
        for number in range(50):
            host = hosts[number % len(hosts)]
            start = now + timedelta(hours=3 * (number + 1))
            session_id = cast.session(organization_id, host, offering_id, start, title=f"Class {number}")
        ada = cast.staff(organization_id)
        cast.weekly_hours(organization_id, ada)
        cast.meeting_offering(organization_id, slug="talk")
        for number in range(40):
            start = now.replace(hour=9) + timedelta(days=1 + number // 2, hours=3 * (number % 2))
            cast.session(organization_id, ada, offering_id, start, type="meeting")
    first = now.date()
    return {"session": str(session_id), "from": first.isoformat(), "to": (first + timedelta(days=29)).isoformat()}


if __name__ == "__main__":
    main()
