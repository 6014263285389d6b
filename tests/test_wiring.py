"""What holds of an app that was just built."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask

from liveapp.db import db


def test_workers_made_of_an_app_share_no_connection_and_miss_no_thread(new_app: Callable[..., Flask]) -> None:
    before = threading.active_count()
    app = new_app()
    with app.app_context():
        assert db.engine.pool.checkedin() + db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert threading.active_count() == before
