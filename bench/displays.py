"""What a thousand screens on one machine cost: processor time of the site and of its database, while people check in.

Run: python bench/displays.py [screens] [seconds]. Each screen has a session and a link of its own, asks what to show
every six seconds and for its code every thirty, as `display.js` does; two people a second check in somewhere.
"""

from __future__ import annotations

import heapq
import os
import random
import re
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import _site

SCREENS, SECONDS = 1000, 60
EVERY, CODE_EVERY = 6.0, 30.0
CLIENTS = 8
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(order=True)
class Turn:
    """When a screen asks next, and what."""

    at: float
    number: int
    what: str = field(compare=False)


@dataclass
class Screen:
    """A screen's address, and the tag of what it shows."""

    address: str
    tag: str = ""
    connection: socket.socket | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


def main() -> None:
    """Prints cores used, questions a second, and how long answers took."""
    screens = int(sys.argv[1]) if len(sys.argv) > 1 else SCREENS
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else SECONDS
    with _site.database() as database:
        environment = _site.site(database.url)
        os.environ |= environment
        links, bookings = fill(screens)
        with _site.served("app:app", **environment) as port:
            walls = [Screen(link) for link in links]
            run(port, walls, 8)  # every screen is known to both processes, as after some minutes
            name = re.search(r"bench_\w+", database.url)[0]
            before, begun = spent(port, name), time.perf_counter()
            coming = threading.Thread(target=come, args=(bookings, seconds))
            coming.start()
            answers = run(port, walls, seconds)
            coming.join()
            passed = time.perf_counter() - begun
            after = spent(port, name)
            report(screens, answers, {name: (after[name] - before[name]) / passed for name in after})


def report(screens: int, answers: list[_site.Answer], cores: dict[str, float]) -> None:
    """One line of each figure."""
    median, worst = _site.quantiles(answers)
    statuses = {status: sum(each.status == status for each in answers) for status in {each.status for each in answers}}
    print(f"{screens:,} screens: {sum(cores.values()):.3f} of a core ({cores['site']:.3f} site, "
          f"{cores['database']:.3f} database); p50 {median:.1f} ms, p99 {worst:.1f} ms; {statuses}")  # fmt: skip


def run(port: int, screens: list[Screen], seconds: float) -> list[_site.Answer]:
    """The screens ask at their times, spread evenly; every answer."""
    begun = time.perf_counter()
    turns = [Turn(random.random() * EVERY, number, "now") for number in range(len(screens))]
    turns += [Turn(random.random() * CODE_EVERY, number, "code.svg") for number in range(len(screens))]
    heapq.heapify(turns)
    lock, answers = threading.Lock(), []

    def work() -> None:
        while True:
            with lock:
                turn = heapq.heappop(turns)
                every = EVERY if turn.what == "now" else CODE_EVERY
                heapq.heappush(turns, Turn(turn.at + every, turn.number, turn.what))
            if turn.at > seconds:
                return
            time.sleep(max(0.0, begun + turn.at - time.perf_counter()))
            answers.append(ask(port, screens[turn.number], turn.what))

    workers = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return answers


def ask(port: int, screen: Screen, what: str) -> _site.Answer:
    """One question of a screen, on the connection that it has already where there is one, as browsers do."""
    known = f'If-None-Match: "{screen.tag}"\r\n' if screen.tag and what == "now" else ""
    request = f"GET {screen.address}/{what} HTTP/1.1\r\nHost: 127.0.0.1\r\n{known}\r\n".encode()
    with screen.lock:
        begun = time.perf_counter()
        answer = _answer(screen.connection, request) if screen.connection else None
        if answer is None:
            screen.connection = socket.create_connection(("127.0.0.1", port), timeout=60)
            answer = _answer(screen.connection, request)
    assert answer
    head, body = answer
    found = re.search(rb'data-tag="([^"]+)"', body)
    if found:
        screen.tag = found[1].decode()
    return _site.Answer(int(head.split(b" ", 2)[1]), body, head, time.perf_counter() - begun)


def _answer(connection: socket.socket, request: bytes) -> tuple[bytes, bytes] | None:
    """The answer's head and body; None where the server has closed the connection."""
    try:
        connection.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            part = connection.recv(65536)
            if not part:
                return None
            received += part
        head, _, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length and len(body) < int(length[1]):
            body += connection.recv(65536)
    except OSError:
        return None
    return head, body


def spent(port: int, database: str) -> dict[str, float]:
    """Processor seconds so far of gunicorn with its workers, and of what PostgreSQL does for this database."""
    found = {"site": 0.0, "database": 0.0}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            parts = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        is_backend = command.startswith(b"postgres:") and database.encode() in command
        name = "site" if f"127.0.0.1:{port}".encode() in command else "database" if is_backend else ""
        if name:
            found[name] += (int(parts[11]) + int(parts[12])) / TICKS
    return found


def fill(number: int) -> tuple[list[str], list[Any]]:
    """So many classes that begin now in as many rooms, with ten people each, and a screen for each; the screens'
    addresses, and the bookings with their sessions."""
    from app import app
    from liveapp.domain.catalogue.models import Location
    from liveapp.domain.displays.models import Display
    from liveapp.web.signing import Purpose, sign
    from tests import cast

    now = datetime.now(UTC).replace(microsecond=0)
    links, bookings = [], []
    with app.app_context():
        organization_id = cast.organization()
        offering_id = cast.offering(organization_id)
        people = [cast.user(f"Guest{place} Example", f"guest{place}@example.com") for place in range(10)]
        for place in range(number):
            host = cast.staff(organization_id, f"Host{place} Example", "coach")
            room = cast.write(Location, organization_id=organization_id, name=f"Room {place}", created_at=now)
            at = {"location_id": room, "format": "in_person", "participant_count": len(people)}
            session_id = cast.session(organization_id, host, offering_id, now + timedelta(minutes=10), **at)
            bookings += [(cast.booking(session_id, person), session_id) for person in people[:2]]
            made = {"name": "Door", "created_by": host, "created_at": now, "expires_at": now + timedelta(days=9)}
            scope = {"location_id": room} if place % 2 else {"session_id": session_id}
            display_id = cast.write(Display, organization_id=organization_id, **made, **scope)
            links.append(f"/display/{sign(Purpose.DISPLAY, display_id)}")
    random.shuffle(bookings)
    return links, bookings


def come(bookings: list[Any], seconds: float) -> None:
    """Two people a second check in."""
    from app import app
    from liveapp.domain.attendance import service
    from liveapp.domain.attendance.service import Coming
    from liveapp.rules.checkin import Way
    from liveapp.unit_of_work import transact_in_turn

    begun = time.perf_counter()
    for place, (booking_id, session_id) in enumerate(bookings):
        time.sleep(max(0.0, begun + place / 2 - time.perf_counter()))
        if time.perf_counter() - begun > seconds:
            return
        with app.app_context():
            coming = Coming(Way.DOOR_CODE)
            transact_in_turn(
                [session_id], service.check_in, booking_id=booking_id, coming=coming, now=datetime.now(UTC)
            )


if __name__ == "__main__":
    main()
