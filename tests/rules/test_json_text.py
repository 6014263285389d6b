"""JSON that others send: read, or refused with a ValueError and nothing else."""

import pytest

from liveapp.rules.json_text import parsed


def test_what_it_says() -> None:
    assert parsed('{"a": [1, "é"]}'.encode()) == {"a": [1, "é"]}


@pytest.mark.parametrize("said", [b"", b"{", b"\xff\xfe\xff", b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_none_or_nests_too_deep(said: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parsed(said)
