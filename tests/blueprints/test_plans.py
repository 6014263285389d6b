"""The pages of plans: what staff keep and give, what a member reads, and what nobody may."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from liveapp.domain.accounts.models import Membership, Organization, User
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import service as bookings
from liveapp.domain.catalogue.models import Offering, Program
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.plans.models import CreditEntry, CreditLot, Plan, PlanProgram, Subscription
from liveapp.unit_of_work import transact
from liveapp.web.navigation import P
from tests import cast
from tests.cast import Person
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

NEW = f"{P}/plans/new"
PACK = {"name": "Ten classes", "gives": "credits_once", "class_credits": "10", "valid_days": "90"}


@dataclass
class Studio:
    id: uuid.UUID
    ada: uuid.UUID
    ben: Person
    membership_id: uuid.UUID

    @property
    def page(self) -> str:
        """Ben's page."""
        return f"{P}/members/{self.membership_id}"


@pytest.fixture
def studio(client: PolicingClient, clock: Clock) -> Studio:
    """Ada owns it and takes money at the desk, Ben is a member; the browser is Ada's. It is Tuesday 3 March 2026."""
    organization_id = cast.organization(payment_provider="desk")
    ada, ben = cast.staff(organization_id), cast.member(organization_id)
    cast.sign_in(client, ada)
    found = cast.one(select(Membership.id).where(Membership.user_id == ben.user_id))[0]
    return Studio(organization_id, ada, ben, found)


def send(client: PolicingClient, path: str, *, to: str = "", **typed: object) -> tuple[int, str]:
    """Sends the page's own form (that to the address `to`, else the first), as it is shown but for what is typed."""
    forms = client.page(path).select("main form[method=post]")
    form = next(each for each in forms if to in str(each["action"]))
    answer = client.submit(form, **typed)
    return answer.status_code, answer.location if answer.status_code == 303 else answer.text


def titles(client: PolicingClient, path: str) -> list[str]:
    return [each.text for each in client.page(path).select(".rows .row-title")]


def written(table: type) -> int:
    return int(cast.one(select(func.count()).select_from(table))[0])


def held(studio: Studio, **plan: object) -> uuid.UUID:
    """Ben holds a plan; returns the subscription."""
    return cast.subscription(studio.id, studio.ben, cast.plan(studio.id, name="Ten classes", **plan))


def session(studio: Studio, starts_at: datetime, **values: object) -> uuid.UUID:
    offering_id = cast.offering(studio.id, price_minor=1200)
    return cast.session(studio.id, studio.ada, offering_id, starts_at, price_minor=1200, **values)


def book(studio: Studio, session_id: uuid.UUID, clock: Clock) -> uuid.UUID:
    return transact(bookings.book_place, session_id=session_id, person=studio.ben, now=clock.now())


class TestPlans:
    def test_the_empty_list_says_what_plans_are_for(self, client: PolicingClient, studio: Studio) -> None:
        empty = client.page(f"{P}/plans").select_one(".empty")
        assert "pack of 10 classes" in empty.text
        assert empty.select_one(f"a[href='{NEW}']")

    def test_a_plan_is_made_changed_archived_and_restored(self, client: PolicingClient, studio: Studio) -> None:
        status, path = send(client, NEW, **PACK, price="95")
        assert status == 303
        row = cast.one(select(Plan))[0]
        assert (row.kind, row.class_credits, row.valid_days, row.price_minor, row.currency) == (
            "pack", 10, 90, 9500, "EUR",
        )  # fmt: skip
        assert "10 credits, valid 90 days" in client.page(f"{P}/plans").text
        assert "€95.00" in client.page(path).text
        before = written(AuditEntry)
        assert send(client, f"{path}/edit")[0] == 303
        assert written(AuditEntry) == before, "a form sent as it was shown changed something"
        assert send(client, f"{path}/edit", name="Twelve classes", class_credits="12")[0] == 303
        assert "Twelve classes" in client.page(f"{P}/plans").text
        client.post(f"{path}/archive")
        assert titles(client, f"{P}/plans") == []
        assert titles(client, f"{P}/plans?show=archived") == ["Twelve classes"]
        client.post(f"{path}/restore")
        assert titles(client, f"{P}/plans") == ["Twelve classes"]

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ({"gives": "credits_anew", "class_credits": "8", "period": "month", "valid_days": "90"},
             ("period", 8, None, "month")),
            ({"gives": "days", "class_credits": "8", "valid_days": "14"}, ("pack", None, 14, None)),
            ({"gives": "unlimited", "class_credits": "8", "period": "year"}, ("period", None, None, "year")),
            ({"gives": "credits_once", "class_credits": "5", "valid_days": ""}, ("pack", 5, None, None)),
        ],
    )  # fmt: skip
    def test_only_what_belongs_to_the_kind_is_kept(
        self, client: PolicingClient, studio: Studio, typed: dict[str, str], kept: tuple[object, ...]
    ) -> None:
        assert send(client, NEW, name="A plan", **typed)[0] == 303
        assert cast.one(select(Plan.kind, Plan.class_credits, Plan.valid_days, Plan.period)) == kept

    def test_it_covers_the_programs_that_were_chosen(self, client: PolicingClient, studio: Studio) -> None:
        beginners, _ = (
            cast.write(Program, organization_id=studio.id, name=name, created_at=cast.NOW)
            for name in ("Beginners", "Advanced")
        )
        _, path = send(client, NEW, **PACK, program_ids=str(beginners))
        assert cast.one(select(PlanProgram.program_id))[0] == beginners
        assert "Beginners" in client.page(path).text
        assert client.page(f"{path}/edit").select("input[name=program_ids][checked]")[0]["value"] == str(beginners)

    @ON_ONE_DATABASE
    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"name": " "}, "Enter a name"),
            ({"gives": "everything"}, "Choose one of these."),
            ({"class_credits": ""}, "Enter how many credits it gives"),
            ({"class_credits": "-1"}, "Enter a whole number from 1 to 10000."),
            ({"class_credits": "0"}, "Enter a whole number from 1 to 10000."),
            ({"class_credits": "2.5"}, "Enter a whole number from 1 to 10000."),
            ({"class_credits": "10001"}, "Enter a whole number from 1 to 10000."),
            ({"class_credits": "9" * 400}, "Enter a whole number from 1 to 10000."),
            ({"class_credits": "many"}, "Enter a whole number from 1 to 10000."),
            ({"class_credits": "NaN"}, "Enter a whole number from 1 to 10000."),
            ({"valid_days": "3661"}, "Enter a whole number from 1 to 3660 days."),
            ({"gives": "days", "valid_days": ""}, "Enter for how many days it is valid"),
            ({"gives": "credits_anew", "period": "moon"}, "Choose one from the list."),
            ({"max_bookings_per_day": "0"}, "Enter a whole number from 1 to 100."),
            ({"max_bookings_per_week": "1e3"}, "Enter a whole number from 1 to 700."),
            ({"price": "-5"}, "Enter an amount in EUR"),
            ({"price": "1.005"}, "Enter an amount in EUR"),
            ({"program_ids": "' OR 1=1"}, "Choose from the list."),
            ({"program_ids": str(uuid.uuid4())}, "Choose from the list."),
        ],
    )
    def test_what_cannot_be_is_refused_next_to_its_field_and_kept_as_typed(
        self, client: PolicingClient, studio: Studio, typed: dict[str, str], words: str
    ) -> None:
        status, text = send(client, NEW, **PACK | {"description": "Typed with care"} | typed)
        assert (status, words in text, "Typed with care" in text) == (422, True, True)
        assert (written(Plan), written(AuditEntry)) == (0, 0)

    def test_a_program_of_another_organization_is_none(self, client: PolicingClient, studio: Studio) -> None:
        other = cast.organization("school")
        theirs = cast.write(Program, organization_id=other, name="Theirs", created_at=cast.NOW)
        assert send(client, NEW, **PACK, program_ids=str(theirs))[0] == 422

    def test_a_name_that_is_taken_is_said_next_to_it(self, client: PolicingClient, studio: Studio) -> None:
        send(client, NEW, **PACK)
        status, text = send(client, NEW, **PACK)
        assert (status, "That name is already in use here." in text) == (422, True)

    def test_a_form_sent_twice_makes_one_plan(self, client: PolicingClient, studio: Studio) -> None:
        form = client.page(NEW).select_one("main form[method=post]")
        assert [client.submit(form, **PACK).status_code for _ in range(2)] == [303, 303]
        assert written(Plan) == 1

    def test_who_holds_it_keeps_what_it_is(self, client: PolicingClient, studio: Studio) -> None:
        held(studio)
        path = f"{P}/plans/{cast.one(select(Plan.id))[0]}/edit"
        for gives in ({"gives": "credits_anew"}, {"gives": "days", "valid_days": "30"}, {"gives": "unlimited"}):
            status, text = send(client, path, **gives)
            assert (status, "People hold this plan" in text) == (422, True)
        assert send(client, path, class_credits="12")[0] == 303

    def test_its_holders_come_in_pages(self, client: PolicingClient, studio: Studio) -> None:
        plan_id = cast.plan(studio.id)
        for number in range(51):
            person = Person(email=f"p{number}@example.com", name=f"Person {number:02d}", timezone="UTC")
            cast.subscription(studio.id, person, plan_id)
        first = client.page(f"{P}/plans/{plan_id}")
        following = client.page(first.select_one(".pagination [rel=next]")["href"])
        shown = [each.text for page in (first, following) for each in page.select(".rows .row-title")]
        assert shown == [f"Person {number:02d}" for number in range(51)]
        assert "10 credits left" in first.text

    def test_somebody_who_has_left_is_still_shown_and_can_be_ended(
        self, client: PolicingClient, studio: Studio
    ) -> None:
        subscription_id = held(studio)
        client.post(f"{studio.page}/end")
        row = client.page(f"{P}/plans/{cast.one(select(Plan.id))[0]}").select_one(".rows .row")
        assert "Has left" in row.text
        path = row.select_one("a")["href"]
        assert path.endswith(f"/{subscription_id}/end")
        assert send(client, path)[0] == 303
        assert cast.one(select(Subscription.status))[0] == "ended"


class TestGiving:
    def test_a_member_gets_a_plan_and_is_told(self, client: PolicingClient, studio: Studio) -> None:
        cast.plan(studio.id, name="Ten classes", valid_days=90)
        link = client.page(studio.page).select_one("#plans a[href*=give]")["href"]
        status, path = send(client, link)
        assert (status, path) == (303, studio.page)
        text = client.page(studio.page).select_one("#plans").text
        assert "10 credits left" in text
        assert "until Sun 31 May 2026" in text
        assert cast.mails() == [("plan_given", "ben@example.com")]

    def test_somebody_new_becomes_a_member(self, client: PolicingClient, studio: Studio) -> None:
        plan_id = cast.plan(studio.id, name="Ten classes")
        link = client.page(f"{P}/plans/{plan_id}").select_one("main a[href*=give]")["href"]
        assert send(client, link, name="Zoe Novak", email="ZOE@example.com")[0] == 303
        assert cast.one(select(User.name).where(User.email == "zoe@example.com"))[0] == "Zoe Novak"
        assert "Zoe Novak" in client.page(f"{P}/members").text
        assert "Zoe Novak" in client.page(f"{P}/plans/{plan_id}").text

    def test_a_known_address_keeps_its_name(self, client: PolicingClient, studio: Studio) -> None:
        cast.plan(studio.id)
        assert send(client, f"{P}/plans/give", name="Somebody", email="ben@example.com")[1] == studio.page
        assert cast.one(select(User.name).where(User.email == "ben@example.com"))[0] == "Ben Okafor"

    def test_a_form_sent_twice_gives_once(self, client: PolicingClient, studio: Studio) -> None:
        cast.plan(studio.id)
        form = client.page(f"{P}/plans/give?to={studio.membership_id}").select_one("main form[method=post]")
        assert [client.submit(form).status_code for _ in range(2)] == [303, 303]
        assert (written(Subscription), written(CreditEntry)) == (1, 1)

    @ON_ONE_DATABASE
    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"plan_id": ""}, "Choose a plan."),
            ({"plan_id": str(uuid.uuid4())}, "Choose one from the list."),
            ({"first_day": ""}, "Choose the first day."),
            ({"first_day": "2026-02-30"}, "Enter a date"),
            ({"first_day": "2028-01-01"}, "within a year of today"),
            ({"last_day": "2026-03-02"}, "The last day is before the first."),
            ({"first_day": "2026-02-01", "last_day": "2026-03-02"}, "The last day is over already."),
            ({"name": ""}, "Enter the person&#39;s name."),
            ({"email": "not an address"}, "This isn&#39;t an e-mail address."),
        ],
    )
    def test_days_and_people_that_cannot_be(
        self, client: PolicingClient, studio: Studio, typed: dict[str, str], words: str
    ) -> None:
        cast.plan(studio.id)
        status, text = send(client, f"{P}/plans/give", **{"name": "Zoe", "email": "zoe@example.com"} | typed)
        assert (status, words in text) == (422, True), text
        assert (written(Subscription), written(AuditEntry)) == (0, 0)

    def test_without_a_plan_there_is_the_way_to_one(self, client: PolicingClient, studio: Studio) -> None:
        assert client.page(f"{P}/plans/give").select_one(f".empty a[href='{NEW}']")

    def test_an_archived_plan_and_another_organizations_cannot_be_given(
        self, client: PolicingClient, studio: Studio
    ) -> None:
        archived = cast.plan(studio.id, archived_at=cast.NOW)
        theirs = cast.plan(cast.organization("school"))
        cast.plan(studio.id)
        for plan_id in (archived, theirs):
            path = f"{P}/plans/give?to={studio.membership_id}&plan={plan_id}"
            assert send(client, path, plan_id=str(plan_id))[0] == 422


def test_a_client_is_invited_to_work_here_and_not_made_to(client: PolicingClient, studio: Studio) -> None:
    """Whoever works somewhere can be given sessions there, which take their time everywhere."""
    assert client.page(studio.page).select_one("a[href$='members#invite']").text.strip() == "Invite them"
    refused = client.post(studio.page, data={"role": "coach"})
    assert refused.status_code == 409
    assert "theirs to accept" in refused.text
    assert cast.one(select(Membership.role).where(Membership.id == studio.membership_id))[0] == "member"


class TestHolding:
    def test_ending_says_in_numbers_what_goes(self, client: PolicingClient, studio: Studio, clock: Clock) -> None:
        subscription_id = held(studio)
        for days in (5, 6):
            book(studio, session(studio, clock.now() + timedelta(days=days)), clock)
        question = client.page(f"{P}/subscriptions/{subscription_id}/end").select_one("main form").text
        assert "8 credits lapse; 2 bookings made with it stay." in " ".join(question.split())
        status, _ = send(client, f"{P}/subscriptions/{subscription_id}/end", reason="Moved away")
        assert status == 303
        assert cast.one(select(CreditLot.balance))[0] == 0
        ended = client.page(studio.page).select_one("#plans details").text
        assert "Moved away" in ended
        assert "Gone, as the plan ended" in ended
        assert ("plan_ended", "ben@example.com") in cast.mails()

    def test_a_pause_until_a_day_and_back(self, client: PolicingClient, studio: Studio, clock: Clock) -> None:
        subscription_id = held(studio, valid_days=30)
        path = f"{P}/subscriptions/{subscription_id}/pause"
        for day, words in (("2026-03-03", "from tomorrow on"), ("2028-01-01", "within a year"), ("x", "Enter a date")):
            status, text = send(client, path, resumes_on=day)
            assert (status, words in text) == (422, True)
        assert send(client, path, resumes_on="2026-03-13")[0] == 303
        assert "until Fri 13 Mar 2026" in client.page(studio.page).select_one("#plans").text
        clock.advance(days=10)
        resume = client.page(studio.page).select_one("form[action$=resume]")
        assert client.submit(resume).status_code == 303
        assert "until Fri 10 Apr 2026" in client.page(studio.page).select_one("#plans").text

    def test_correcting_credits_needs_a_reason_and_stays_in_bounds(
        self, client: PolicingClient, studio: Studio
    ) -> None:
        path = f"{P}/subscriptions/{held(studio)}/credits"
        for typed, words in (
            ({"delta": "-11", "reason": "Oops"}, "There are 10 left"),
            ({"delta": "0", "reason": "Oops"}, "Say how many credits to add or take"),
            ({"delta": "1.5", "reason": "Oops"}, "Enter a whole number"),
            ({"delta": "99999", "reason": "Oops"}, "Enter a whole number"),
            ({"delta": "2", "reason": " "}, "Say why"),
            ({"delta": "2", "reason": "Gift", "lot_id": str(uuid.uuid4())}, "Choose one from the list."),
        ):
            status, text = send(client, path, **typed)
            assert (status, words in text) == (422, True), (typed, text)
        assert written(CreditEntry) == 1
        assert send(client, path, delta="-2", reason="Used by a friend")[0] == 303
        text = client.page(studio.page).select_one("#plans").text
        assert "8 credits left" in text
        assert "Corrected by Ada Lovelace: Used by a friend" in " ".join(text.split())

    def test_a_correction_sent_twice_counts_once(self, client: PolicingClient, studio: Studio) -> None:
        path = f"{P}/subscriptions/{held(studio)}/credits"
        form = client.page(path).select_one("main form[method=post]")
        assert [client.submit(form, delta="3", reason="Gift").status_code for _ in range(2)] == [303, 303]
        assert cast.one(select(CreditLot.balance))[0] == 13

    def test_what_happened_to_the_credits_is_told_in_words(
        self, client: PolicingClient, studio: Studio, clock: Clock
    ) -> None:
        held(studio)
        booking_id = book(studio, session(studio, clock.now() + timedelta(days=5), title="Yin"), clock)
        clock.advance(minutes=1)
        transact(bookings.cancel, booking_id=booking_id, now=clock.now())
        told = [" ".join(row.text.split()) for row in client.page(studio.page).select("#plans details .row")]
        assert told == [
            "Came back from “Yin”, Sun 8 Mar Tue 3 Mar 2026 +1",
            "Used for “Yin”, Sun 8 Mar Tue 3 Mar 2026 −1",
            "Given Mon 2 Mar 2026 +10",
        ]

    def test_an_ended_plan_has_nothing_to_correct(self, client: PolicingClient, studio: Studio) -> None:
        subscription_id = held(studio)
        page = f"{P}/subscriptions/{subscription_id}/credits"
        form = client.page(page).select_one("main form[method=post]")
        client.post(f"{P}/subscriptions/{subscription_id}/end")
        assert client.submit(form, delta="3", reason="Gift").status_code == 422
        assert "Give the plan anew" in client.page(page).text
        assert cast.one(select(CreditLot.balance))[0] == 0
        assert client.post(f"{P}/subscriptions/{subscription_id}/end").status_code == 409


class TestMyPlans:
    @pytest.fixture
    def ben(self, studio: Studio, new_client: Callable[[], PolicingClient]) -> PolicingClient:
        client = new_client()
        assert studio.ben.user_id is not None
        cast.sign_in(client, studio.ben.user_id)
        return client

    def test_the_empty_page_says_what_plans_are_for(self, ben: PolicingClient) -> None:
        assert "book without paying each time" in ben.page("/my/plans").select_one(".empty").text
        assert ben.page("/my/bookings").select_one("main a[href='/my/plans']")

    def test_plans_of_every_organization_what_lapses_next_first(
        self, ben: PolicingClient, studio: Studio, client: PolicingClient
    ) -> None:
        other = cast.organization("school")
        for organization_id, name, days in ((studio.id, "Long", 90), (other, "Short", 20), (other, "For ever", None)):
            cast.subscription(organization_id, studio.ben, cast.plan(organization_id, name=name, valid_days=days))
        ended = held(studio)
        client.post(f"{P}/subscriptions/{ended}/end")
        page = ben.page("/my/plans")
        assert [each.text for each in page.select("main > .card h2")] == ["Short", "Long", "For ever"]
        assert "1 plan that ended" in page.select_one("main > details").text
        assert "School" in page.text

    def test_somebody_elses_plans_are_not_there(
        self, studio: Studio, client: PolicingClient, new_client: Callable[[], PolicingClient]
    ) -> None:
        held(studio)
        assert "Ten classes" not in client.page("/my/plans").text

    def test_a_plan_that_renews_itself_shows_each_stretch(self, ben: PolicingClient, studio: Studio) -> None:
        plan_id = cast.plan(studio.id, kind="period", period="week", class_credits=2, max_bookings_per_day=1)
        cast.subscription(studio.id, studio.ben, plan_id)
        text = " ".join(ben.page("/my/plans").select_one(".card").text.split())
        assert "6 credits left" in text
        assert "2 until Sun 8 Mar 2026" in text
        assert "2 from Mon 9 Mar 2026 until Sun 15 Mar 2026" in text
        assert "At most 1 booking a day" in text


@pytest.mark.parametrize("path", [f"{P}/plans", "plan", "member", "/my/plans"])
def test_pages_take_as_many_queries_for_three_as_for_one(
    client: PolicingClient,
    studio: Studio,
    clock: Clock,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    path: str,
) -> None:
    cast.sign_in(client, studio.ada)
    ada = Person(email="ada@example.com", name="Ada", timezone="UTC", user_id=studio.ada)
    plan_id = cast.plan(studio.id)
    address = {"plan": f"{P}/plans/{plan_id}", "member": studio.page}.get(path, path)

    def fill(number: int) -> None:
        guest = Person(email=f"g{number}@example.com", name=f"Guest {number}", timezone="UTC")
        cast.subscription(studio.id, guest, plan_id)
        for person in (studio.ben, ada):
            cast.subscription(studio.id, person, cast.plan(studio.id))
        book(studio, session(studio, clock.now() + timedelta(days=number)), clock)

    fill(1)
    with count_queries() as one:
        client.page(address)
    fill(2)
    fill(3)
    with count_queries() as three:
        client.page(address)
    assert len(one) == len(three)


class TestPrices:
    def test_only_with_a_plan_reaches_its_sessions_and_the_public(
        self, client: PolicingClient, studio: Studio, clock: Clock
    ) -> None:
        status, _ = send(client, f"{P}/offerings/new", title="Members' hour", costs="plan", price="5")
        assert status == 303
        offering = cast.one(select(Offering.id, Offering.plan_only, Offering.price_minor))
        assert offering[1:] == (True, None)
        assert "With a plan" in client.page(f"{P}/offerings").text
        form = client.page(f"{P}/sessions/new").select_one("#session-form")
        typed = {"date": "2026-03-10", "time": "18:00", "repeats": "weekly", "ends": "count", "count": "2"}
        assert client.submit(form, **typed, do="publish").status_code == 303
        assert cast.one(select(func.count()).where(LiveSession.plan_only, LiveSession.price_minor.is_(None)))[0] == 2
        assert "With a plan" in client.page("/book/studio?day=2026-03-10").text
        session_id = cast.one(select(LiveSession.id).order_by(LiveSession.scheduled_at).limit(1))[0]
        assert "With a plan" in client.page(f"/book/studio/sessions/{session_id}").text
        assert "With a plan" in client.page(f"{P}/sessions/{session_id}").text

    def test_so_does_a_meeting(self, client: PolicingClient, studio: Studio) -> None:
        cast.meeting_offering(studio.id, slug="talk", plan_only=True)
        cast.weekly_hours(studio.id, studio.ada)
        for path in ("/book/studio", "/book/studio/with/ada", "/book/studio/with/ada/talk"):
            assert "With a plan" in client.page(path).text

    def test_free_stays_free(self, client: PolicingClient, studio: Studio) -> None:
        send(client, f"{P}/offerings/new", title="Open hour", costs="free", price="5")
        assert cast.one(select(Offering.plan_only, Offering.price_minor)) == (False, None)
        assert "Free" in client.page(f"{P}/offerings").text


def test_the_policies_are_kept_and_bad_ones_said(client: PolicingClient, studio: Studio) -> None:
    good = {
        "payment_provider": "none", "promotion_cutoff_minutes": "90", "promotion_grace_minutes": "15",
        "offer_minutes": "45", "credit_extension_days": "7", "count_no_shows": None,
        "check_in_opens_minutes": "20", "late_after_minutes": "0", "no_show_after_minutes": "45",
        "join_window_minutes": "10",
    }  # fmt: skip
    assert send(client, f"{P}/settings", **good)[0] == 303
    columns = (
        Organization.payment_provider, Organization.promotion_cutoff_minutes, Organization.promotion_grace_minutes,
        Organization.offer_minutes, Organization.credit_extension_days, Organization.count_late_cancellations,
        Organization.count_no_shows, Organization.check_in_opens_minutes, Organization.late_after_minutes,
        Organization.no_show_after_minutes, Organization.join_window_minutes,
    )  # fmt: skip
    assert cast.one(select(*columns)) == ("none", 90, 15, 45, 7, True, False, 20, 0, 45, 10)
    before = written(AuditEntry)
    for name, value in (
        ("payment_provider", "stripe"), ("offer_minutes", "0"), ("offer_minutes", "10081"),
        ("promotion_grace_minutes", "-1"), ("promotion_cutoff_minutes", "soon"), ("credit_extension_days", "1.5"),
        ("check_in_opens_minutes", "1441"), ("late_after_minutes", "-1"), ("no_show_after_minutes", ""),
        ("join_window_minutes", "1441"), ("join_window_minutes", "NaN"),
    ):  # fmt: skip
        assert send(client, f"{P}/settings", **{name: value})[0] == 422
    assert written(AuditEntry) == before


def test_today_is_the_organizations(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    """At 23:30 UTC it is tomorrow in Berlin already."""
    clock.set(clock.now().replace(hour=23, minute=30))
    cast.plan(studio.id)
    shown = client.page(f"{P}/plans/give").select_one("[name=first_day]")["value"]
    assert date.fromisoformat(shown) == date(2026, 3, 4)
