"""/healthz and /readyz."""

from __future__ import annotations

from datetime import timedelta

from liveapp.domain.outbox import service as outbox
from liveapp.unit_of_work import transact
from tests.conftest import Clock
from tests.policing import PolicingClient


def test_the_process_answers(client: PolicingClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_ready_until_jobs_stall(client: PolicingClient, clock: Clock) -> None:
    assert client.get("/readyz").status_code == 200
    transact(outbox.put, "send_mail", now=clock.now() - timedelta(minutes=6))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json
    assert answer.json["overdue_jobs"] == 1
