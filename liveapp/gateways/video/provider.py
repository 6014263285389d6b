"""What every video provider can be asked, and which of them this deployment has keys for."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Protocol

from flask import current_app

from liveapp.config import Settings
from liveapp.domain.errors import NotFound
from liveapp.domain.video.connections import Account, Tokens
from liveapp.gateways.video.google import Google
from liveapp.gateways.video.meeting import Meeting
from liveapp.gateways.video.zoom import Zoom
from liveapp.rules.video import Wanted


class VideoProvider(Protocol):
    """One small interface. `access` is a token; `ref` is what we call a link. Each call raises as `asking.ask`."""

    @property
    def name(self) -> str:
        """What people call it."""

    def consent_page(self, *, state: str, challenge: str, back: str) -> str:
        """Where the person says that we may."""

    def exchange(self, *, code: str, verifier: str, back: str, now: datetime) -> Tokens:
        """The tokens for the code that the provider sent them back with."""

    def refresh(self, refresh: str, *, now: datetime) -> Tokens:
        """New tokens; the old ones may be worth nothing from now on."""

    def revoke(self, token: str) -> None:
        """We give the account back."""

    def who_am_i(self, access: str) -> Account:
        """Whose account it is."""

    def find(self, access: str, ref: uuid.UUID) -> Meeting | None:
        """The meeting that was made under this name before, if it was."""

    def make(self, access: str, ref: uuid.UUID, wanted: Wanted) -> Meeting:
        """A new meeting."""

    def change(self, access: str, meeting_id: str, wanted: Wanted) -> None:
        """It is at another time, or called otherwise."""

    def remove(self, access: str, meeting_id: str) -> None:
        """It doesn't take place."""


def is_on(name: str) -> bool:
    """Whether this deployment has keys for the provider."""
    return name in _found()


def provider(name: str) -> VideoProvider:
    """The provider. Raises NotFound where there are no keys for it."""
    found = _found().get(name)
    if found is None:
        raise NotFound()
    return found


def _found() -> dict[str, VideoProvider]:
    settings: Settings = current_app.extensions["settings"]
    found: dict[str, VideoProvider] = {}
    if settings.zoom_client_id:
        found["zoom"] = Zoom(settings.zoom_client_id, settings.zoom_client_secret, settings.zoom_api_base)
    if settings.google_client_id:
        found["google_meet"] = Google(
            settings.google_client_id, settings.google_client_secret, settings.google_api_base
        )
    return found
