"""Secrets at rest: unreadable in the database, readable under every key that is listed, written under the newest."""

from __future__ import annotations

import base64
import uuid
from dataclasses import replace

import pytest
from flask import Flask

from liveapp import sealed
from liveapp.config import BadSettings, Settings
from liveapp.sealed import Place

OLD, NEW = (base64.urlsafe_b64encode(each * 32).decode() for each in (b"o", b"n"))


HERE = Place("things.token", uuid.UUID(int=1))
ELSEWHERE = [Place(HERE.column, uuid.UUID(int=2)), *(Place(name, HERE.row_id) for name in ("things.toke", "a.token"))]


def under(*keys: str) -> Flask:
    """An app with these keys."""
    app = Flask(__name__)
    sealed.set_up(app, replace(Settings(), encryption_keys=keys))
    return app


def test_old_secrets_are_read_and_new_ones_written_under_the_newest_key() -> None:
    with under(OLD).app_context():
        old = sealed.seal("a token", HERE)
    assert "a token" not in old
    with under(NEW, OLD).app_context():
        assert sealed.unseal(old, HERE) == "a token"
        again = sealed.seal(sealed.unseal(old, HERE), HERE)
    with under(NEW).app_context():
        assert sealed.unseal(again, HERE) == "a token"
        with pytest.raises(sealed.Unreadable):
            sealed.unseal(old, HERE)


@pytest.mark.parametrize("text", ["a token", "", "two\nlines", "ключ"])
def test_what_is_copied_into_another_row_or_column_is_read_by_nobody(text: str) -> None:
    with under(NEW).app_context():
        kept = sealed.seal(text, HERE)
        assert sealed.unseal(kept, HERE) == text
        for place in ELSEWHERE:
            with pytest.raises(sealed.Unreadable):
                sealed.unseal(kept, place)


def test_where_no_keys_are_set_one_is_made_of_the_secret_key() -> None:
    one, other = Settings(secret_key="a" * 32), Settings(secret_key="b" * 32)
    assert one.sealing_keys == Settings(secret_key="a" * 32).sealing_keys != other.sealing_keys
    assert Settings(encryption_keys=(NEW, OLD)).sealing_keys == (NEW, OLD)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ENCRYPTION_KEYS": "short"}, "ENCRYPTION_KEYS must be Fernet keys"),
        ({"ENCRYPTION_KEYS": f"{NEW},{NEW[:-2]}"}, "ENCRYPTION_KEYS must be Fernet keys"),
        ({"ENCRYPTION_KEYS": f"{NEW},"}, "ENCRYPTION_KEYS has an empty part"),
        ({"STRIPE_WEBHOOK_SECRET": "whsec_1,"}, "STRIPE_WEBHOOK_SECRET has an empty part"),
        ({"STRIPE_WEBHOOK_SECRET": ",whsec_1"}, "STRIPE_WEBHOOK_SECRET has an empty part"),
        ({"STRIPE_WEBHOOK_SECRET": "whsec_1, ,whsec_2"}, "STRIPE_WEBHOOK_SECRET has an empty part"),
        ({"JITSI_DOMAIN": "https://meet.example.com"}, "JITSI_DOMAIN must be a name"),
        ({"JITSI_APP_ID": "app"}, "JITSI_APP_ID and JITSI_APP_SECRET go together"),
        ({"ZOOM_CLIENT_ID": "id"}, "ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET go together"),
        ({"GOOGLE_CLIENT_SECRET": "s"}, "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET go together"),
    ],
    ids=str,
)
def test_unfit_settings_dont_start(changed: dict[str, str], said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        Settings.from_env(changed)


PRODUCTION = {
    "LIVEAPP_ENV": "production",
    "DATABASE_URL": "postgresql://live@db.example.com/live",
    "SECRET_KEY": "k" * 32,
    "BASE_URL": "https://book.example.com",
}
ZOOM = {"ZOOM_CLIENT_ID": "id", "ZOOM_CLIENT_SECRET": "secret"}


def test_production_insists_on_keys_where_hosts_can_connect() -> None:
    with pytest.raises(BadSettings, match="ENCRYPTION_KEYS must be set where Zoom or Google is"):
        Settings.from_env(PRODUCTION | ZOOM)
    assert Settings.from_env(PRODUCTION | ZOOM | {"ENCRYPTION_KEYS": f"{NEW}, {OLD}"}).encryption_keys == (NEW, OLD)
    with pytest.raises(BadSettings, match="for development and tests only"):
        Settings.from_env(PRODUCTION | {"GOOGLE_API_BASE": "http://127.0.0.1:1"})
