"""/dev/mail: what the laptop caught, to look into; nowhere but in development."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from liveapp import clock
from tests.dev.test_mailbox import a_mail, keep
from tests.policing import PolicingClient


@pytest.fixture
def mail_folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def laptop(new_app: Callable[..., Flask], mail_folder: Path) -> PolicingClient:
    """A browser on an app in development."""
    client = new_app(environment="development", mail_directory=str(mail_folder)).test_client()
    assert isinstance(client, PolicingClient)
    return client


def test_the_list_says_what_it_is_for_when_empty(laptop: PolicingClient) -> None:
    assert "No mail yet" in laptop.page("/dev/mail").text


def test_a_mail_is_listed_and_shown_with_its_parts(laptop: PolicingClient, mail_folder: Path) -> None:
    mail_id = keep(mail_folder, a_mail(), clock.now())

    link = laptop.page("/dev/mail").select_one("#mails a")
    assert link is not None
    assert link["href"] == f"/dev/mail/{mail_id}"
    page = laptop.page(f"/dev/mail/{mail_id}")
    assert [h1.text for h1 in page.select("h1")] == ["Your place in Morning flow — see you"]
    assert page.select_one("pre a[href='https://book.example.com/bookings/x']") is not None
    assert [frame["src"] for frame in page.select("iframe")] == [f"/dev/mail/{mail_id}/html"]
    download = laptop.get(f"/dev/mail/{mail_id}/attachments/0")
    assert download.data == b"BEGIN:VCALENDAR\n"
    assert download.headers["Content-Disposition"] == "attachment; filename=invite.ics"


def test_the_list_refreshes_itself_with_the_same_element(laptop: PolicingClient, mail_folder: Path) -> None:
    keep(mail_folder, a_mail(), clock.now())
    partial = laptop.htmx("/dev/mail")
    assert partial.text.lstrip().startswith('<div id="mails"')
    assert "Morning flow" in partial.text


def test_html_runs_nothing_and_only_we_may_frame_it(laptop: PolicingClient, mail_folder: Path) -> None:
    mail_id = keep(mail_folder, a_mail(), clock.now())
    policy = laptop.get(f"/dev/mail/{mail_id}/html").headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "frame-ancestors 'self'" in policy


@pytest.mark.parametrize("path", ["", "/20260303T120000000000-00000000", "/x/html", "/x/attachments/0"])
def test_there_is_no_such_page_outside_development(client: PolicingClient, path: str) -> None:
    assert client.get(f"/dev/mail{path}").status_code == 404


@pytest.mark.parametrize("path", ["/20260303T120000000000-00000000", "/x/html", "/x/attachments/0"])
def test_a_mail_that_is_not_there_is_not_found(laptop: PolicingClient, path: str) -> None:
    assert laptop.get(f"/dev/mail{path}").status_code == 404
