"""The pages of offerings, programs, locations, people and settings, as staff see and send them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select

from liveapp.db import db
from liveapp.domain.accounts.models import Invitation, Membership, Organization, User
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.catalogue.models import Location, Offering, Program
from liveapp.domain.notifications.models import Notification
from liveapp.tasks import emails
from liveapp.web.navigation import P
from liveapp.web.passwords import hash_password
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

PASSWORD = "correct horse battery"


@dataclass
class Studio:
    id: uuid.UUID
    ada: uuid.UUID
    dora: uuid.UUID


@pytest.fixture
def studio(client: PolicingClient, clock: Clock) -> Studio:
    """Ada owns it, Dora coaches; the browser is Ada's."""
    organization_id = cast.organization()
    ada, dora = cast.staff(organization_id), cast.staff(organization_id, "Dora Maar", "coach")
    cast.sign_in(client, ada)
    return Studio(organization_id, ada, dora)


def audited() -> int:
    return cast.one(select(func.count()).select_from(AuditEntry))[0]


def titles(client: PolicingClient, path: str) -> list[str]:
    return [each.text for each in client.page(path).select(".rows .row-title")]


def send(client: PolicingClient, path: str, **values: object) -> tuple[int, str]:
    """Sends the page's own form, as it is shown but for these values."""
    form = client.page(path).select_one("main form:has([name=name], [name=title])")
    assert form is not None
    answer = client.submit(form, **values)
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("part", "filled", "table"),
    [
        (
            "offerings",
            {"title": "Morning yoga", "costs": "price", "price": "12.50", "payment_provider": "desk"},
            Offering,
        ),
        ("programs", {"name": "Beginners"}, Program),
        ("locations", {"name": "Studio 1", "latitude": "52.52", "longitude": "-13.4"}, Location),
    ],
)
def test_a_thing_is_made_changed_archived_and_restored(
    client: PolicingClient, studio: Studio, part: str, filled: dict[str, str], table: type
) -> None:
    name = filled.get("title") or filled["name"]
    empty = client.page(f"{P}/{part}")
    assert empty.select_one(f".empty a[href='{P}/{part}/new']")
    assert send(client, f"{P}/{part}/new", **filled)[0] == 303
    assert titles(client, f"{P}/{part}") == [name]
    address = f"{P}/{part}/{cast.one(select(table.id))[0]}"
    before = audited()
    assert send(client, address)[0] == 303
    assert audited() == before, "a form sent as it was shown changed something"
    label = "title" if "title" in filled else "name"
    assert send(client, address, **{label: "Something else"})[0] == 303
    assert audited() == before + 1
    assert client.post(f"{address}/archive").status_code == 303
    assert titles(client, f"{P}/{part}") == []
    assert titles(client, f"{P}/{part}?show=archived") == ["Something else"]
    assert "archived" in client.page(address).text.lower()
    assert client.post(f"{address}/restore").status_code == 303
    assert titles(client, f"{P}/{part}") == ["Something else"]


def test_the_price_is_read_in_the_currency_of_the_organization(client: PolicingClient, studio: Studio) -> None:
    send(client, f"{P}/offerings/new", title="Yoga", costs="price", price="12,50", payment_provider="desk")
    assert cast.one(select(Offering.price_minor, Offering.currency)) == (1250, "EUR")
    assert "€12.50" in client.page(f"{P}/offerings").text


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("part", "typed", "words"),
    [
        ("offerings", {"title": ""}, "Enter a title"),
        ("offerings", {"title": "\u202e\u0000 "}, "Enter a title"),
        ("offerings", {"title": "x" * 121}, "shorten it to 120"),
        ("offerings", {"capacity": "NaN"}, "Enter a whole number from 1 to 100000."),
        ("offerings", {"capacity": "1e9"}, "Enter a whole number from 1 to 100000."),
        ("offerings", {"capacity": "0"}, "Enter a whole number from 1 to 100000."),
        ("offerings", {"duration_minutes": "29"}, "Choose a length from 30 to 240 minutes."),
        ("offerings", {"costs": "price", "price": "-1"}, "Enter an amount in EUR"),
        ("offerings", {"costs": "price", "price": "1.005"}, "Enter an amount in EUR"),
        ("offerings", {"costs": "price", "price": "Infinity"}, "Enter an amount in EUR"),
        ("offerings", {"costs": "price", "price": ""}, "Enter what it costs"),
        ("offerings", {"costs": "barter"}, "Choose one of these."),
        ("offerings", {"meeting_url": "javascript:alert(1)"}, "starts with https://"),
        ("offerings", {"meeting_url": "ftp://example.com"}, "starts with https://"),
        ("offerings", {"kind": "party"}, "Choose one of these."),
        ("offerings", {"colour": "ultraviolet"}, "Choose one from the list."),
        ("offerings", {"host_id": "not an id"}, "Choose one from the list."),
        ("offerings", {"waitlist_size": "-1"}, "Enter a whole number"),
        ("programs", {"name": " "}, "Enter a name"),
        ("locations", {"latitude": "NaN", "longitude": "1"}, "Enter a number from -90 to 90"),
        ("locations", {"latitude": "Infinity", "longitude": "1"}, "Enter a number from -90 to 90"),
        ("locations", {"latitude": "90.01", "longitude": "1"}, "Enter a number from -90 to 90"),
        ("locations", {"latitude": "1", "longitude": "-180.5"}, "Enter a number from -180 to 180"),
        ("locations", {"latitude": "1", "longitude": ""}, "Enter both latitude and longitude"),
    ],
)
def test_what_cannot_be_used_is_refused_with_words_and_kept_as_typed(
    client: PolicingClient, studio: Studio, part: str, typed: dict[str, str], words: str
) -> None:
    named = {"title": "Morning yoga"} if part == "offerings" else {"name": "Somewhere"}
    status, text = send(client, f"{P}/{part}/new", **named | {"description": "Typed with care"} | typed)
    assert status == 422
    assert words in text
    assert part == "locations" or "Typed with care" in text
    assert cast.one(select(func.count()).select_from(AuditEntry))[0] == 0


def test_a_name_that_is_taken_is_said_next_to_it(client: PolicingClient, studio: Studio) -> None:
    for part in ("programs", "locations"):
        assert send(client, f"{P}/{part}/new", name="One")[0] == 303
        status, text = send(client, f"{P}/{part}/new", name="One")
        assert (status, "That name is already in use here." in text) == (422, True)


def test_a_room_with_overlaps_stays_as_it_is_and_names_them(client: PolicingClient, studio: Studio) -> None:
    send(client, f"{P}/locations/new", name="Studio 1")
    room = cast.one(select(Location.id))[0]
    for host, title in ((studio.ada, "Yoga"), (studio.dora, "Pilates")):
        cast.session(studio.id, host, cast.offering(studio.id), location_id=room, title=title)
    status, text = send(client, f"{P}/locations/{room}", is_exclusive="y")
    assert status == 422
    assert "“Yoga”" in text
    assert "“Pilates”" in text


def test_a_coach_sees_and_makes_only_what_they_host(
    client: PolicingClient, studio: Studio, new_client: Callable[[], PolicingClient]
) -> None:
    cast.offering(studio.id, title="Of everybody")
    cast.offering(studio.id, title="Of Dora", host_id=studio.dora)
    cast.offering(studio.id, title="Of Ada", host_id=studio.ada)
    coach = new_client()
    cast.sign_in(coach, studio.dora)
    assert titles(coach, f"{P}/offerings") == ["Of Dora"]
    hosts = coach.page(f"{P}/offerings/new").select("#host_id option")
    assert [option.text for option in hosts] == ["Dora Maar"]
    assert send(coach, f"{P}/offerings/new", title="Mine")[0] == 303
    assert cast.one(select(Offering.host_id).where(Offering.title == "Mine"))[0] == studio.dora
    assert send(coach, f"{P}/offerings/new", title="Not mine", host_id=str(studio.ada))[0] == 422


def test_searching_swaps_the_list_alone(client: PolicingClient, studio: Studio) -> None:
    for title in ("Yoga", "Pilates"):
        cast.offering(studio.id, title=title)
    partial = client.htmx(f"{P}/offerings?q=pil")
    assert "Pilates" in partial.text
    assert "Yoga" not in partial.text
    assert "<html" not in partial.text
    assert titles(client, f"{P}/offerings?q=pil") == ["Pilates"]


@pytest.mark.parametrize("part", ["offerings", "programs", "locations", "members"])
def test_lists_take_as_many_queries_for_three_as_for_one(
    client: PolicingClient,
    studio: Studio,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    part: str,
) -> None:
    def fill(number: int) -> None:
        cast.offering(studio.id, title=f"Offering {number}")
        cast.write(Program, organization_id=studio.id, name=f"Program {number}", created_at=cast.NOW)
        cast.write(Location, organization_id=studio.id, name=f"Room {number}", created_at=cast.NOW)
        cast.staff(studio.id, f"Client{number} Name", "member")

    fill(1)
    with count_queries() as one:
        client.page(f"{P}/{part}")
    fill(2)
    fill(3)
    with count_queries() as three:
        client.page(f"{P}/{part}")
    assert len(one) == len(three)


def test_somebody_new_is_invited_and_joins(
    client: PolicingClient, studio: Studio, new_client: Callable[[], PolicingClient]
) -> None:
    form = client.page(f"{P}/members").select_one("form[action$=invitations]")
    assert form.select_one("option[selected]")["value"] == "coach"
    assert client.submit(form, email="nora@example.com", role="admin").status_code == 303
    assert "nora@example.com" in client.page(f"{P}/members").text
    db.session.rollback()
    mail = emails.compose(db.session.execute(select(Notification)).scalar_one())
    assert mail["Subject"] == "You are invited to work together"
    words = mail.get_body(("plain",)).get_content()
    assert "as an admin" in " ".join(words.split())
    path = next(word for word in words.split() if word.startswith("http")).removeprefix("http://localhost")
    nora = new_client()
    page = nora.page(path)
    assert nora.submit(page.select_one("main form"), name="Nora", password="short").status_code == 422
    assert nora.submit(page.select_one("main form"), name="Nora New", password=PASSWORD).location == P
    assert nora.get(f"{P}/members").status_code == 200
    assert nora.get(path).status_code == 410
    row = cast.one(select(Membership.role).join(User, User.id == Membership.user_id).where(User.name == "Nora New"))
    assert row == ("admin",)


def test_somebody_with_an_account_signs_in_to_join(
    client: PolicingClient, studio: Studio, new_client: Callable[[], PolicingClient]
) -> None:
    cast.user("Nora New", password_hash=hash_password(PASSWORD))
    client.post(f"{P}/members/invitations", data={"email": "nora@example.com", "role": "coach"})
    path = f"/invitations/{sign(Purpose.INVITATION, cast.one(select(Invitation.id))[0])}"
    nora = new_client()
    to_sign_in = nora.page(path).select_one("main .btn[href]")["href"]
    form = nora.page(to_sign_in).select_one("main form")
    assert nora.submit(form, email="nora@example.com", password=PASSWORD).location == path
    assert nora.submit(nora.page(path).select_one("main form")).location == P
    other = new_client()
    cast.sign_in(other, studio.dora)
    client.post(f"{P}/members/invitations", data={"email": "zoe@example.com", "role": "coach"})
    assert client.post(path).status_code == 410


def test_an_invitation_is_not_accepted_by_another_account(
    client: PolicingClient, studio: Studio, new_client: Callable[[], PolicingClient]
) -> None:
    cast.user("Nora New")
    client.post(f"{P}/members/invitations", data={"email": "nora@example.com", "role": "coach"})
    path = f"/invitations/{sign(Purpose.INVITATION, cast.one(select(Invitation.id))[0])}"
    cy = new_client()
    cast.sign_in(cy, cast.user("Cy Other"))
    assert "You are signed in as cy@example.com" in cy.page(path).text
    assert cy.post(path).status_code == 403


def test_a_role_that_ends_is_gone_with_the_next_click(
    client: PolicingClient, studio: Studio, new_client: Callable[[], PolicingClient]
) -> None:
    coach = new_client()
    cast.sign_in(coach, studio.dora)
    assert coach.get(f"{P}/offerings").status_code == 200
    membership_id = cast.one(select(Membership.id).where(Membership.user_id == studio.dora))[0]
    later = cast.session(studio.id, studio.dora, cast.offering(studio.id))
    page = client.page(f"{P}/members/{membership_id}")
    assert "Dora Maar leads 1 session to come" in page.text
    assert client.post(f"{P}/members/{membership_id}/end").status_code == 409
    assert coach.get(f"{P}/sessions/{later}").status_code == 200
    cast.transact(_hand_over, later, studio.ada)
    assert client.post(f"{P}/members/{membership_id}/end").status_code == 303
    assert coach.get(f"{P}/sessions/{later}").status_code == 404
    assert coach.get(f"{P}/offerings").status_code == 403


def _hand_over(session_id: uuid.UUID, host_id: uuid.UUID) -> None:
    db.session.execute(
        cast.LiveSession.__table__.update().where(cast.LiveSession.id == session_id).values(host_id=host_id)
    )


def test_the_organization_that_lists_show_is_switched(
    client: PolicingClient, studio: Studio, new_client: Callable[[], PolicingClient]
) -> None:
    school = cast.organization("school")
    cast.membership(school, studio.ada, "coach", slug="ada", created_at=cast.NOW + timedelta(days=1))
    cast.offering(school, title="Of the school", host_id=studio.ada)
    assert titles(client, f"{P}/offerings") == []
    form = client.page(f"{P}/offerings").select_one("form[action*=switch]")
    assert client.submit(form).location == P
    assert titles(client, f"{P}/offerings") == ["Of the school"]


def test_settings_are_shown_saved_and_change_nothing_when_sent_as_shown(client: PolicingClient, studio: Studio) -> None:
    cast.transact(_set, studio.id, {"week_start": 6, "colour": "#123456", "min_session_duration": 15})
    assert send(client, f"{P}/settings")[0] == 303
    assert audited() == 0
    values = {"cancellation_window_hours": "12", "allow_late_cancellation": "y", "min_session_duration": ""}
    assert send(client, f"{P}/settings", **values)[0] == 303
    row = cast.one(
        select(
            Organization.cancellation_window_hours,
            Organization.allow_late_cancellation,
            Organization.min_session_duration,
            Organization.week_start,
            Organization.colour,
        )
    )
    assert row == (12, True, None, 6, "#123456")
    entry = cast.one(select(AuditEntry.before, AuditEntry.after, AuditEntry.actor_id))
    assert entry.before["cancellation_window_hours"] == 24
    assert entry.actor_id == studio.ada


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "Enter the name"),
        ({"contact_email": "nobody"}, "name@example.com"),
        ({"cancellation_window_hours": "8761"}, "from 0 to 8760 hours"),
        ({"booking_cutoff_minutes": ""}, "Enter minutes, like 60"),
        ({"timezone": "Nowhere"}, "Choose one from the list."),
        ({"latitude": "1"}, "Enter both latitude and longitude"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    client: PolicingClient, studio: Studio, typed: dict[str, str], words: str
) -> None:
    status, text = send(client, f"{P}/settings", **typed)
    assert status == 422
    assert words in text
    assert audited() == 0


def test_a_changed_policy_does_not_reach_bookings_that_exist(client: PolicingClient, studio: Studio) -> None:
    session_id = cast.session(studio.id, studio.ada, cast.offering(studio.id), cast.NOW + timedelta(days=9))
    booking_id = cast.booking(session_id, cast.user("Ben Okafor"), status="cancelled")
    send(client, f"{P}/settings", cancellation_window_hours="1")
    assert cast.booking_row(booking_id).cancellation_window_hours == 24


def _set(organization_id: uuid.UUID, values: dict[str, object]) -> None:
    table = Organization.__table__
    db.session.execute(table.update().where(table.c.id == organization_id).values(**values))


OWN = "https://meet.example.com/room"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"meeting_provider": "jitsi"}, ("jitsi", None)),
        ({"meeting_provider": "jitsi", "meeting_url": OWN}, ("jitsi", None)),
        ({"meeting_provider": "url", "meeting_url": OWN}, ("url", OWN)),
        ({"meeting_provider": "url"}, "Paste the link, or choose another way to meet."),
        ({"meeting_provider": "zoom"}, "Zoom isn’t set up here. Choose one of these."),
        ({"meeting_provider": "teams"}, "Choose one of these."),
    ],
    ids=str,
)
def test_how_people_meet_online_is_one_way(
    client: PolicingClient, studio: Studio, sent: dict[str, str], kept: tuple[str, str | None] | str
) -> None:
    status, text = send(client, f"{P}/offerings/new", title="Talk", format="online", **sent)
    if isinstance(kept, str):
        assert (status, kept in text) == (422, True)
        return
    assert status == 303
    assert cast.one(select(Offering.meeting_provider, Offering.meeting_url)) == kept


def test_a_changed_price_asks_what_becomes_of_planned_sessions(client: PolicingClient, studio: Studio) -> None:
    offering_id = cast.offering(studio.id, host_id=studio.ada, title="Yoga", price_minor=1800)
    session_id = cast.session(studio.id, studio.ada, offering_id, price_minor=1800)
    path = f"{P}/offerings/{offering_id}"
    status, text = send(client, path, price="20.00")
    assert status == 422
    assert "Also the 1 session to come" in text
    form = BeautifulSoup(text, "html.parser").select_one("main form:has([name=title])")
    assert client.submit(form, reaches="yes").status_code == 303
    assert cast.session_row(session_id).price_minor == 2000
    assert "1 session to come cost" in client.page(f"{P}/offerings").text


def test_the_currency_can_be_chosen_until_something_was_sold(client: PolicingClient, studio: Studio) -> None:
    offering_id = cast.offering(studio.id, host_id=studio.ada, title="Yoga", price_minor=1800)
    path = f"{P}/offerings/{offering_id}"
    assert send(client, path, currency="JPY", price="1500")[0] == 303
    assert cast.one(select(Offering.currency, Offering.price_minor)) == ("JPY", 1500)
    session_id = cast.session(studio.id, studio.ada, offering_id, price_minor=1500, currency="JPY")
    cast.booking(session_id, cast.user("Ben"), price_minor=1500, currency="JPY")
    assert client.page(path).select_one("[name=currency]") is None


def test_the_first_price_asks_how_people_pay(client: PolicingClient, studio: Studio) -> None:
    new = f"{P}/offerings/new"
    status, text = send(client, new, title="Yoga", costs="price", price="18")
    assert status == 422
    form = BeautifulSoup(text, "html.parser").select_one("main form:has([name=title])")
    assert client.submit(form, payment_provider="desk").status_code == 303
    assert cast.one(select(Organization.payment_provider))[0] == "desk"
    assert client.page(new).select_one("[name=payment_provider]") is None
    assert send(client, new, title="Flow", costs="price", price="20")[0] == 303


def test_who_gives_something_away_is_not_asked_how_people_pay(client: PolicingClient, studio: Studio) -> None:
    assert send(client, f"{P}/offerings/new", title="Yoga")[0] == 303
    cast.sign_in(client, studio.dora)
    assert send(client, f"{P}/offerings/new", title="Flow", costs="price", price="20")[0] == 303
    assert cast.one(select(Organization.payment_provider))[0] == "none"


@pytest.mark.parametrize(
    ("asked", "kind", "onward"),
    [
        ("?then=session", "live_class", "/sessions/new?offering_id="),
        ("?then=session", "meeting", "/offerings"),
        ("?kind=meeting&then=hours", "meeting", "/availability"),
        ("?then=hours", "live_class", "/offerings"),
        ("?then=https://evil.example", "live_class", "/offerings"),
    ],
)
def test_who_made_an_offering_on_the_way_goes_on(
    client: PolicingClient, studio: Studio, asked: str, kind: str, onward: str
) -> None:
    form = client.page(f"{P}/offerings/new{asked}").select_one("main form:has([name=title])")
    answer = client.submit(form, title="Yoga", kind=kind)
    assert answer.location.partition("=")[0] in (f"{P}{onward}", f"{P}{onward}".rstrip("="))
