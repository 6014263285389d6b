"""Pages are compressed for browsers that take it."""

from __future__ import annotations

import gzip

from tests import cast
from tests.conftest import Clock
from tests.policing import PolicingClient


def test_a_page_goes_compressed_to_who_takes_it(client: PolicingClient, clock: Clock) -> None:
    cast.organization()
    answer = client.get("/book/studio", headers={"Accept-Encoding": "gzip"}, police=False)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"Studio" in gzip.decompress(answer.data)
    assert "Content-Encoding" not in client.get("/book/studio").headers
