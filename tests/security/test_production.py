"""What a deployment must be like: unsafe settings don't start, and what starts is locked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from flask import Flask

from liveapp.config import DEVELOPMENT_SECRET, BadSettings, Settings
from tests import cast
from tests.databases import Database
from tests.policing import PolicingClient

SAFE = {
    "LIVEAPP_ENV": "production",
    "DATABASE_URL": "postgresql://live@db.example.com/live",
    "SECRET_KEY": "k" * 32,
    "BASE_URL": "https://book.example.com",
}


def test_safe_settings_start() -> None:
    settings = Settings.from_env(SAFE)
    assert settings.is_production
    assert settings.on_postgresql


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": DEVELOPMENT_SECRET}, "SECRET_KEY"),
        ({"SECRET_KEY": "k" * 31}, "SECRET_KEY"),
        ({"BASE_URL": "http://book.example.com"}, "https"),
        ({"BASE_URL": "https://book.example.com/path"}, "BASE_URL"),
        ({"BASE_URL": "javascript:alert(1)"}, "BASE_URL"),
        ({"DATABASE_URL": "sqlite:///var/live.db", "WEB_CONCURRENCY": "2"}, "SQLite"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({"LIVEAPP_KILL_AT": "book_place.before_commit"}, "LIVEAPP_KILL_AT"),
        ({"LIVEAPP_ENV": "prod"}, "LIVEAPP_ENV"),
        ({"MIN_SESSION_DURATION": "60", "MAX_SESSION_DURATION": "30"}, "MIN_SESSION_DURATION"),
        ({"PARTIAL_REFUND_HOURS": "25"}, "PARTIAL_REFUND_HOURS is longer"),
        ({"NO_REFUND_HOURS": "25"}, "PARTIAL_REFUND_HOURS is longer"),
        ({"PARTIAL_REFUND_HOURS": "12", "NO_REFUND_HOURS": "6"}, "are one moment"),
        ({"FREE_CANCELLATION_HOURS": "a day"}, "FREE_CANCELLATION_HOURS must be a whole number from 0 to 8760"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES"),
        ({"GPS_MAX_METERS": "0"}, "GPS_MAX_METERS must be a whole number from 10 to 100000"),
        ({"MAIL_PORT": "smtp"}, "MAIL_PORT"),
    ],
    ids=str,
)
def test_unsafe_settings_dont_start(changed: dict[str, str], said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        Settings.from_env(SAFE | changed)


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ({}, (24, 12)),
        ({"FREE_CANCELLATION_HOURS": "48", "PARTIAL_REFUND_HOURS": "6"}, (48, 6)),
        ({"NO_REFUND_HOURS": "6"}, (24, 6)),
        ({"PARTIAL_REFUND_HOURS": "6", "NO_REFUND_HOURS": "6"}, (24, 6)),
    ],
    ids=str,
)
def test_until_when_money_comes_back(said: dict[str, str], hours: tuple[int, int]) -> None:
    settings = Settings.from_env(SAFE | said)
    assert (settings.free_cancellation_hours, settings.partial_refund_hours) == hours


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as refused:
        Settings.from_env({"LIVEAPP_ENV": "production", "DATABASE_URL": "sqlite:///x.db"})
    assert all(name in str(refused.value) for name in ("SECRET_KEY", "BASE_URL", "SQLite"))


def test_settings_shown_by_accident_hide_their_secrets() -> None:
    secret = "s3cr3t" * 6
    shown = repr(Settings.from_env(SAFE | {
        "SECRET_KEY": secret, "MAIL_PASSWORD": secret, "DATABASE_URL": f"postgresql://a:{secret}@db/x",
        "REDIS_URL": f"redis://:{secret}@redis/0",
    }))  # fmt: skip
    assert secret not in shown
    assert {field.name for field in fields(Settings) if not field.repr} >= {"secret_key", "mail_password"}


@pytest.fixture
def production(new_app: Callable[..., Flask]) -> Flask:
    return new_app(environment="production", base_url="https://book.example.com", web_concurrency=1)


def test_production_is_locked(production: Flask, database: Database) -> None:
    assert not production.debug
    assert not production.testing
    client = production.test_client()
    answer = client.get("/sign-in", base_url="https://book.example.com")
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if "session" in each]
    assert cookie.startswith("__Host-session=")
    parts = {part.strip() for part in cookie.split(";")[1:]}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
    assert not any(part.startswith("Domain") for part in parts)
    static = client.get("/static/app.css", base_url="https://book.example.com")
    assert static.headers["Strict-Transport-Security"]
    for path in ("/dev/mail", "/dev/mail/x", "/console", "/debug", "/.env", "/static/../config.py"):
        assert client.get(path, base_url="https://book.example.com").status_code == 404


def test_a_chosen_zone_is_kept_securely(production: Flask, database: Database) -> None:
    with production.app_context():
        cast.organization("kestrel")
        answer = production.test_client().get("/book/kestrel?tz=Asia/Tokyo", base_url="https://book.example.com")
    cookies = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("tz")]
    assert len(cookies) == 2
    assert all("Secure" in each for each in cookies)


def test_a_fault_of_ours_tells_nothing(production: Flask, database: Database) -> None:
    secret = "users.password_hash of ada@example.com"

    def breaks() -> Any:
        raise RuntimeError(secret)

    production.add_url_rule("/breaks", view_func=breaks)
    production.add_url_rule("/api/breaks", "api_breaks", view_func=breaks)
    for path, headers in (("/breaks", {}), ("/breaks", {"HX-Request": "true"}), ("/api/breaks", {})):
        answer = production.test_client().get(path, headers=headers, base_url="https://book.example.com")
        assert answer.status_code == 500
        assert secret not in answer.text
        assert "Traceback" not in answer.text
        assert answer.headers["Content-Security-Policy"]


def test_the_mails_of_a_laptop_are_read_from_their_folder_only(
    new_app: Callable[..., Flask], database: Database, tmp_path: Any
) -> None:
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nsecret")
    (tmp_path / "mail").mkdir()
    laptop = new_app(environment="development", mail_directory=str(tmp_path / "mail"))
    client = laptop.test_client()
    assert isinstance(client, PolicingClient)
    for name in ("../secret", "..%2fsecret", "%2e%2e%2fsecret", "..", "%00", str(tmp_path / "secret"), "x" * 300):
        for part in ("", "/html", "/attachments/0"):
            answer = client.get(f"/dev/mail/{name}{part}")
            assert answer.status_code in (404, 308), name
            assert "secret" not in answer.text.replace(name, "")
