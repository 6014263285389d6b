"""Bodies, types and values that no page of ours sends: an answer with a sentence, never a fault, and soon."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from flask import Flask

from liveapp.rules.texts import address_of, cleaned
from liveapp.web.navigation import P
from tests import cast
from tests.architecture.test_routes import World
from tests.conftest import ON_ONE_DATABASE
from tests.policing import PolicingClient
from tests.security.ledger import everything

MEGABYTE = 1024 * 1024


@ON_ONE_DATABASE
@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/book/kestrel/with/ada/kestrel-talk", f"{P}/offerings/new"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_ten_megabytes_are_too_large(world: World, client: PolicingClient, path: str, kind: str) -> None:
    cast.sign_in(client, world.people["owner"])
    answer = client.post(path, data=b"email=" + b"a" * (10 * MEGABYTE), content_type=kind)
    assert answer.status_code in (413, 422)
    assert "Traceback" not in answer.text
    if "plain" not in kind:
        assert answer.status_code == 413
        assert "too large" in answer.text


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps({"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": 1}}}}}}}}}}), "application/json"),
        ("[" * 100_000, "application/json"),
        ('{"email": 5, "password": [null]}', "application/problem+json"),
        ("<a/>", "application/xml"),
        ("email=a@example.com", "x/y; charset=\xff"),
        ("email=a@example.com", ""),
        ("--x\r\nContent-Disposition: form-data; name=email\r\n\r\n", "multipart/form-data; boundary=x"),
        ("--x", "multipart/form-data"),
        ("email=%ff%fe%00&password=%80", "application/x-www-form-urlencoded; charset=utf-7"),
        ("&".join(f"a{number}=1" for number in range(50_000)), "application/x-www-form-urlencoded"),
    ],
)
def test_what_isnt_a_form_is_an_empty_form(client: PolicingClient, app: Flask, body: str, kind: str) -> None:
    for path in ("/sign-in", "/sign-up", "/sign-in/link"):
        answer = client.post(path, data=body.encode("latin-1"), content_type=kind)
        assert answer.status_code == 415 if "json" in kind else 400 <= answer.status_code < 500
        assert "<h1" in answer.text


def test_bytes_that_are_no_text_are_a_path_that_isnt_there(client: PolicingClient, app: Flask) -> None:
    for path in ("/%ff%fe", "/book/%ff", "/book/%00", "/bookings/%ff%00", "/book/a%0d%0aSet-Cookie:x=1", "/static/%00"):
        answer = client.get(path)
        assert answer.status_code in (400, 404)
        assert "Set-Cookie: x" not in str(answer.headers)


@pytest.mark.parametrize("field", ["name", "email", "message", "suggested_topic", "key"])
def test_a_field_sent_twice_or_as_a_list_counts_once(world: World, client: PolicingClient, field: str) -> None:
    path = f"/book/kestrel/sessions/{world.session_id}"
    form: dict[str, Any] = {"name": "Eve", "email": "eve@example.com", "message": "", "suggested_topic": "", "key": ""}
    answer = client.post(path, data=form | {field: [form[field], "other@example.com"], f"{field}[]": "x"})
    assert answer.status_code == 303
    assert ("booking_confirmed", "eve@example.com") in cast.mails()


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "typed",
    [
        {"capacity": "0"}, {"capacity": "1000000000"}, {"capacity": "-1"}, {"capacity": "1e3"}, {"capacity": "٣"},
        {"duration_minutes": "0"}, {"duration_minutes": "-60"}, {"duration_minutes": "241"},
        {"duration_minutes": "NaN"}, {"duration_minutes": "99999999999999999999"}, {"durations": ["60", "7"]},
        {"durations": "²"}, {"price": "-1"}, {"price": "1e30"}, {"price": "Infinity"}, {"price": "1.005"},
        {"price": "99999999"}, {"colour": "red;background:url(//evil)"}, {"colour": "#fff"}, {"kind": "feast"},
        {"format": "hologram"}, {"booking_mode": "maybe"}, {"session_type": "x"}, {"topic_type": "x"},
        {"meeting_url": "javascript:alert(1)"}, {"meeting_url": "//evil.example"}, {"meeting_url": "mailto:a@b.c"},
        {"meeting_url": "https://a b.example"}, {"meeting_url": "https://"}, {"meeting_url": "data:text/html,x"},
        {"meeting_url": "https://["}, {"waitlist_size": "-1"}, {"booking_opens_days": "10000"}, {"title": "\u202e\0 "},
        {"title": "\u200b \u2060\u200d"},
        {"program_id": "x"}, {"host_id": "' OR 1=1"}, {"location_id": "[]"}, {"title": "x" * 121},
    ],
    ids=str,
)  # fmt: skip
def test_an_offering_that_cant_be_is_refused(world: World, client: PolicingClient, typed: dict[str, Any]) -> None:
    cast.sign_in(client, world.people["owner"])
    form = {
        "kind": "live_class", "title": "Ink", "topic_type": "fixed", "duration_minutes": "60", "capacity": "5",
        "session_type": "group", "format": "online", "booking_mode": "instant", "colour": "pine", "is_active": "y",
        "host_id": "", "program_id": "", "location_id": "", "costs": "price", "price": "5",
        "currency": "EUR", "payment_timing": "at_booking", "payment_provider": "desk", "meeting_provider": "jitsi",
        "topic_deadline_hours": "24",
    }  # fmt: skip
    before = everything()
    answer = client.post(f"{P}/offerings/new", data=form | typed)
    assert answer.status_code == 422
    assert everything() == before
    assert client.post(f"{P}/offerings/new", data=form).status_code == 303, "nothing else was wrong"


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "typed",
    [
        {"latitude": "91", "longitude": "0"}, {"latitude": "NaN", "longitude": "0"}, {"latitude": "1e400"},
        {"latitude": "0", "longitude": "-180.1"}, {"latitude": "52"}, {"check_in_radius": "0"}, {"name": "\0"},
    ],
    ids=str,
)  # fmt: skip
def test_a_place_that_isnt_on_earth_is_refused(world: World, client: PolicingClient, typed: dict[str, str]) -> None:
    cast.sign_in(client, world.people["owner"])
    before = everything()
    assert client.post(f"{P}/locations/new", data={"name": "Moon"} | typed).status_code == 422
    assert everything() == before


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "typed",
    [
        {"date": "0001-01-01"}, {"date": "9999-12-31"}, {"date": "2026-02-30"}, {"date": "2026-3-4"}, {"time": "24:00"},
        {"time": "-1:00"}, {"time": "18:60"}, {"duration_minutes": "0"}, {"duration_minutes": "241"},
        {"duration_minutes": "29"}, {"max_participants": "0"}, {"max_participants": "1000000000"},
        {"repeats": "hourly"}, {"repeats": "weekly", "count": "0"}, {"repeats": "weekly", "count": "100000"},
        {"repeats": "weekly", "weekdays": "7"}, {"repeats": "weekly", "ends": "until", "until": "0001-01-01"},
        {"repeats": "monthly_by_weekday", "nth": "9"}, {"format": "x"}, {"meeting_url": "javascript:alert(1)"},
        {"date": "2026-01-01", "do": "publish"},
    ],
    ids=str,
)  # fmt: skip
def test_a_session_that_cant_be_is_refused(world: World, client: PolicingClient, typed: dict[str, str]) -> None:
    cast.sign_in(client, world.people["owner"])
    form = {
        "offering_id": world.offering_id, "title": "Ink", "host_id": world.people["owner"], "date": "2026-03-20",
        "time": "18:00", "duration_minutes": "60", "format": "in_person", "location_id": "", "max_participants": "5",
        "repeats": "", "nth": "1", "ends": "count", "count": "3", "costs": "free",
    }  # fmt: skip
    before = everything()
    assert client.post(f"{P}/sessions/new", data=form | typed).status_code == 422
    assert everything() == before
    assert client.post(f"{P}/sessions/new", data=form).status_code == 303, "nothing else was wrong"


def test_hours_sent_by_hand(world: World, client: PolicingClient) -> None:
    cast.sign_in(client, world.people["owner"])
    before = everything()
    for form in (
        {"windows-0-start": "09:00"},
        {"windows-0-start": "24:00", "windows-0-end": "25:00"},
        {"windows-0-start": "09:00", "windows-0-end": "17:00", "windows-0-price": "-1"},
        {"windows-0-start": "09:00", "windows-0-end": "17:00", "windows-0-duration": "1e3"},
        {"windows-0-start": "09:00", "windows-0-end": "10:00", "windows-0-is_active": "y", "windows-1-start": "09:30",
         "windows-1-end": "11:00", "windows-1-is_active": "y"},
        {"windows-0-start": "09:00", "windows-0-end": "10:00", "also": "9"},
    ):  # fmt: skip
        assert client.post(f"{P}/availability/hours/0", data=form).status_code == 422
    assert client.post(f"{P}/availability/hours/7").status_code == 404
    assert client.post(f"{P}/availability/hours/{'9' * 5000}").status_code in (404, 405)
    assert everything() == before


@ON_ONE_DATABASE
@pytest.mark.parametrize("number", ["²", "٣", "9" * 5000, "-1", "99999"])
def test_windows_numbered_oddly_are_no_windows(world: World, client: PolicingClient, number: str) -> None:
    cast.sign_in(client, world.people["owner"])
    form = {f"windows-{number}-start": "09:00", f"windows-{number}-end": "10:00", "add": "1"}
    answer = client.post(f"{P}/availability/hours/0", data=form)
    assert answer.status_code == 200
    assert "Traceback" not in answer.text


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "cursor",
    [
        "0001-01-01T00:00:00+14:00~{}", "9999-12-31T23:59:59-14:00~{}", "x~{}", "~", "2026-01-01~{}",
        "00010101T000000000000+1400-{}", "99991231T235959000000-1400-{}", "-{}", "20260101T000000000000Z-x",
    ],
)  # fmt: skip
def test_a_list_asked_from_nowhere_begins_at_its_beginning(world: World, client: PolicingClient, cursor: str) -> None:
    cast.sign_in(client, world.people["owner"])
    for path in (f"{P}/sessions", f"{P}/meetings", f"{P}/offerings", f"{P}/members"):
        for name in ("after", "before"):
            answer = client.get(path, query_string={name: cursor.format("0" * 32)})
            assert answer.status_code == 200


@ON_ONE_DATABASE
def test_a_body_full_of_accents_is_refused_at_once(client: PolicingClient, app: Flask) -> None:
    """Composing marks, and addresses made of them, took minutes: the square of their number."""
    marks = "a" + "\u0300\u0316" * 70_000
    began = time.process_time()
    for form in (
        {"email": marks, "password": "x"},
        {"email": "a@example.com", "password": marks},
        {"email": f"{marks}@example.com", "password": "x"},
    ):
        assert client.post("/sign-in", data=form).status_code == 422
    assert client.get("/", query_string={"q": marks[:2000]}).status_code == 200
    assert len(cleaned(marks)) <= 20_000
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ada@Example.COM ", "ada@example.com"),
        ("ada\0\u202e@example.com", "ada@example.com"),
        ("ada@ｅｘａｍｐｌｅ.com", "ada@example.com"),
        ("ada@MÜNCHEN.example", "ada@xn--mnchen-3ya.example"),
        ("ada@xn--mnchen-3ya.example", "ada@xn--mnchen-3ya.example"),
        ("ädä@example.com", None),
        ("ada@example.com\nBcc: x@example.com", None),
        ("a@b@c.example", None),
        ('"a b"@example.com', None),
        ("a" * 300 + "@example.com", None),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str | None) -> None:
    assert address_of(typed) == kept


@pytest.mark.parametrize("text", ["می\u200cخواهم", "👩\u200d👧", "a\u00adb"])
def test_what_joins_letters_stays(text: str) -> None:
    assert cleaned(f" {text} ") == text
