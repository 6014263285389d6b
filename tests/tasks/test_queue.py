"""Who can write to Redis still can't run code in the worker: a job that isn't ours is refused and logged."""

from __future__ import annotations

import json
import pickle
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Callback, Job

from liveapp.gateways import queue
from liveapp.gateways.queued_jobs import PERFORM, REFUSE, MessageSerializer
from liveapp.tasks import worker

MESSAGE = uuid.UUID(int=7)
Run = Callable[[], list[dict[str, object]]]


@pytest.fixture
def performed(monkeypatch: pytest.MonkeyPatch, app: object) -> list[uuid.UUID]:
    """The outbox messages that the worker set out to perform."""
    ids: list[uuid.UUID] = []
    monkeypatch.setattr(worker, "application", lambda: app)
    monkeypatch.setattr(worker, "perform_here", ids.append)
    return ids


@pytest.fixture
def run(redis: Redis, caplog: pytest.LogCaptureFixture) -> Run:
    """Lets a worker do what stands in the queue; what it logged of jobs that it refused."""

    def in_a_burst() -> list[dict[str, object]]:
        worker.worker_on(redis, SimpleWorker).work(burst=True, logging_level="CRITICAL")
        lines = [record.getMessage() for record in caplog.records if record.name == "liveapp"]
        return [json.loads(line) for line in lines if "job refused" in line]

    return in_a_burst


def test_a_message_is_performed(run: Run, performed: list[uuid.UUID]) -> None:
    queue.enqueue(MESSAGE, 1)
    assert (run(), performed) == ([], [MESSAGE])


class Evil:
    """A pickle that makes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


STRANGE: dict[str, Callable[[Path], bytes]] = {
    "a pickle that runs code": lambda path: pickle.dumps(Evil(path)),
    "a pickle of our call": lambda path: pickle.dumps((PERFORM, None, (str(MESSAGE),), {})),
    "another function": lambda path: json.dumps(["os.mkdir", None, [str(path)], {}]).encode(),
    "a method of something": lambda path: json.dumps(["touch", str(path), [], {}]).encode(),
    "our function with more": lambda path: json.dumps([PERFORM, None, [str(MESSAGE), "x"], {}]).encode(),
    "our function with options": lambda path: json.dumps([PERFORM, None, [str(MESSAGE)], {"a": 1}]).encode(),
    "our function with no id": lambda path: json.dumps([PERFORM, None, [str(path)], {}]).encode(),
    "a list as the id": lambda path: json.dumps([PERFORM, None, [[1]], {}]).encode(),
    "no call": lambda path: b"{}",
    "brackets by the thousand": lambda path: b"[" * 100_000,
    "nothing": lambda path: b"",
    "bytes of no kind": lambda path: b"\xff\x00\x80",
}


@pytest.mark.parametrize("data", STRANGE.values(), ids=STRANGE.keys())
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_any_other_job_is_refused_and_logged(
    data: Callable[[Path], bytes], redis: Redis, run: Run, performed: list[uuid.UUID], tmp_path: Path
) -> None:
    assert MessageSerializer.loads(data(tmp_path / "made"))[0] == REFUSE
    put(redis, "strange", data(tmp_path / "made"))
    queue.enqueue(MESSAGE, 1)
    refused = run()
    assert [line["job"] for line in refused] == ["strange"]
    assert performed == [MESSAGE], "what stood behind it is done"
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_callback_that_somebody_added_isnt_called(
    redis: Redis, run: Run, performed: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[object] = []
    monkeypatch.setattr(worker, "intruder", lambda *values: called.append(values), raising=False)
    queue.enqueue(MESSAGE, 1)
    added = {f"{when}_callback_name": "liveapp.tasks.worker.intruder" for when in ("success", "failure", "stopped")}
    redis.hset(Job.key_for(f"outbox-{MESSAGE}-1"), mapping=added)
    run()
    assert (performed, called) == ([MESSAGE], [])


def test_without_our_serializer_the_same_bytes_run(redis: Redis, tmp_path: Path) -> None:
    """The negative control: RQ as it comes does run them."""
    put(redis, "strange", pickle.dumps(("os.mkdir", None, (str(tmp_path / "made"),), {})))
    SimpleWorker([Queue(queue.QUEUE_NAME, connection=redis)], connection=redis).work(
        burst=True, logging_level="CRITICAL"
    )
    assert (tmp_path / "made").exists()


def put(redis: Redis, job_id: str, data: bytes) -> None:
    """Writes a job into Redis by hand, as somebody would who got in."""
    Queue(queue.QUEUE_NAME, connection=redis).enqueue(
        "os.getpid", job_id=job_id, result_ttl=0, on_success=Callback("os.getpid")
    )
    redis.hset(Job.key_for(job_id), "data", data)
