"""Plans are for who holds them: not for whoever knows an address, has a link, or works somewhere else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from liveapp.domain.accounts.people import Person
from liveapp.domain.bookings import service as bookings
from liveapp.domain.invariants import violations
from liveapp.unit_of_work import transact_in_turn
from tests import cast
from tests.conftest import Clock
from tests.policing import PolicingClient

NewClient = Callable[[], PolicingClient]
PACK = "Secret pack"


@dataclass
class Studio:
    """A class with one place at 15 euros, which a guest has; Ben holds a pack, Ada leads."""

    ada: uuid.UUID
    ben: Person
    pack: uuid.UUID
    session_id: uuid.UUID
    holder: uuid.UUID
    now: datetime

    @property
    def path(self) -> str:
        return f"/book/studio/sessions/{self.session_id}"

    def wait(self, client: PolicingClient, email: str) -> str:
        """The address of the booking of whoever typed this address; and the place comes free."""
        form = client.page(self.path).select_one("#booking-form")
        answer = client.submit(form, name="Eve", email=email)
        assert answer.status_code == 303
        turn = [self.session_id]
        transact_in_turn(turn, bookings.cancel, booking_id=self.holder, now=self.now)
        return str(answer.location).partition("?")[0]


@pytest.fixture
def studio(clock: Clock) -> Studio:
    organization_id = cast.organization(payment_provider="desk")
    ben = cast.member(organization_id)
    pack = cast.subscription(organization_id, ben, cast.plan(organization_id, name=PACK))
    ada, offering_id = cast.staff(organization_id), cast.offering(organization_id)
    session_id = cast.session(
        organization_id, ada, offering_id, clock.now() + timedelta(days=2), price_minor=1500, max_participants=1
    )
    holder = transact_in_turn(
        [session_id], bookings.book_place, session_id=session_id, person=cast.guest(1), now=clock.now()
    )
    return Studio(ada, ben, pack, session_id, holder, clock.now())


def test_who_types_an_address_and_waits_gets_nothing_of_its_owners_plan(studio: Studio, client: PolicingClient) -> None:
    link = studio.wait(client, studio.ben.email)
    assert cast.credits_left(studio.pack) == 10
    assert ("place_offered", studio.ben.email) in cast.mails()
    page = client.page(link)
    assert PACK not in page.text
    assert page.find("form", action=f"{link}/take")
    refused = client.post(f"{link}/take", data={"pay_with": str(studio.pack)})
    assert refused.status_code == 409
    assert PACK not in refused.text
    assert client.post(f"{link}/take").status_code == 303
    assert cast.credits_left(studio.pack) == 10
    assert PACK not in client.page(link).text


def test_who_types_the_address_of_staff_and_waits_must_pay(studio: Studio, client: PolicingClient) -> None:
    studio.wait(client, "ada@example.com")
    assert ("place_offered", "ada@example.com") in cast.mails()


def test_the_owner_of_the_address_takes_the_place_with_their_plan(studio: Studio, new_client: NewClient) -> None:
    """Somebody waits in Ben's name; the link came by mail, and he is signed in."""
    link = studio.wait(new_client(), studio.ben.email)
    ben = new_client()
    assert studio.ben.user_id
    cast.sign_in(ben, studio.ben.user_id)
    assert PACK in ben.page(link).text
    assert ben.post(f"{link}/take", data={"pay_with": str(studio.pack)}).status_code == 303
    assert cast.credits_left(studio.pack) == 9
    assert {name: found for name, found in violations(now=studio.now).items() if found} == {}


def test_who_waits_signed_in_is_given_the_place_for_a_credit(studio: Studio, client: PolicingClient) -> None:
    assert studio.ben.user_id
    cast.sign_in(client, studio.ben.user_id)
    studio.wait(client, studio.ben.email)
    assert cast.credits_left(studio.pack) == 9
