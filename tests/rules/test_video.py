"""Which provider an online session is by, and what has to be done about its link."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.video import Deed, Link, Wanted, deeds, is_due, provider_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WANTED = Wanted("zoom", "ada", NOW + timedelta(days=3), 60, "Yoga")
MADE = Link("one", "made", "zoom", "ada", WANTED)


@pytest.mark.parametrize(
    ("session_format", "chosen", "url", "provider"),
    [
        ("in_person", None, None, None),
        ("in_person", "zoom", None, None),
        ("online", None, None, "jitsi"),
        ("online", None, "https://meet.example.com/a", "url"),
        ("online", "url", "https://meet.example.com/a", "url"),
        ("online", "url", None, "jitsi"),
        ("online", "jitsi", None, "jitsi"),
        ("online", "zoom", "https://meet.example.com/a", "zoom"),
        ("online", "google_meet", None, "google_meet"),
    ],
)
def test_the_provider_is_what_was_chosen_and_a_room_where_nothing_was(
    session_format: str, chosen: str | None, url: str | None, provider: str | None
) -> None:
    assert provider_of(session_format, chosen, url) == provider


@pytest.mark.parametrize(
    ("changed", "due"),
    [
        ({}, True),
        ({"status": "live"}, True),
        ({"status": "draft"}, False),
        ({"status": "cancelled"}, False),
        ({"ends_at": NOW}, False),
        ({"ends_at": NOW + timedelta(microseconds=1)}, True),
        ({"starts_at": NOW + timedelta(days=300)}, True),
        ({"starts_at": NOW + timedelta(days=14), "is_of_series": True}, True),
        ({"starts_at": NOW + timedelta(days=14, microseconds=1), "is_of_series": True}, False),
    ],
    ids=str,
)
def test_a_link_is_due_once_people_can_come(changed: dict[str, object], due: bool) -> None:
    said = {
        "status": "scheduled", "starts_at": NOW + timedelta(days=1), "ends_at": NOW + timedelta(days=2),
        "is_of_series": False, "now": NOW,
    }  # fmt: skip
    assert is_due(**(said | changed)) is due  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "links", "done"),
    [
        (None, [], []),
        (WANTED, [], [(None, Deed.MAKE)]),
        (WANTED, [replace(MADE, state="wanted", made_as=None)], [("one", Deed.MAKE)]),
        (WANTED, [MADE], []),
        (replace(WANTED, minutes=45), [MADE], [("one", Deed.CHANGE)]),
        (replace(WANTED, host_id="grace"), [MADE], [(None, Deed.MAKE), ("one", Deed.REMOVE)]),
        (replace(WANTED, provider="google_meet"), [MADE], [(None, Deed.MAKE), ("one", Deed.REMOVE)]),
        (None, [MADE], [("one", Deed.REMOVE)]),
        (WANTED, [replace(MADE, state="leaving")], [(None, Deed.MAKE), ("one", Deed.REMOVE)]),
    ],
)
def test_what_is_to_be_done_about_a_link(
    wanted: Wanted | None, links: list[Link], done: list[tuple[str | None, Deed]]
) -> None:
    assert [(link and link.key, deed) for link, deed in deeds(wanted, links)] == done


LINKS = st.builds(
    Link, st.uuids(), st.sampled_from(["wanted", "made", "leaving"]), st.sampled_from(["zoom", "google_meet"]),
    st.sampled_from(["ada", "grace"]), st.sampled_from([WANTED, None]),
)  # fmt: skip


@given(st.sampled_from([WANTED, None]), st.lists(LINKS, max_size=4))
def test_one_link_stays_and_every_other_one_goes(wanted: Wanted | None, links: list[Link]) -> None:
    done = deeds(wanted, links)
    made = [link for link, deed in done if deed is Deed.MAKE]
    gone = {link.key for link, deed in done if deed is Deed.REMOVE and link}
    assert len(made) <= 1
    assert all(link.key in gone for link in links if link.state == "leaving")
    staying = [link for link in links if link.key not in gone]
    assert len(staying) + (made == [None]) >= (wanted is not None)
    assert wanted is not None or not staying
