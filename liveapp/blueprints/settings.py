"""The organization's settings and policies."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, url_for
from werkzeug.wrappers import Response

from liveapp.domain.accounts import organizations
from liveapp.forms.settings import PAYING_WORDS, OrganizationSettingsForm
from liveapp.gateways.stripe import client
from liveapp.rules.roles import Right
from liveapp.unit_of_work import transact
from liveapp.web import auth, clock, locales
from liveapp.web.htmx import go, invalid, page
from liveapp.web.navigation import P

blueprint = Blueprint("settings", __name__, url_prefix=f"{P}/settings")
blueprint.before_request(auth.guard)


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    auth.require(organization.id, Right.MANAGE_SETTINGS)
    return page(
        "settings/index.html", form=OrganizationSettingsForm.of(organization, takes_cards=client.is_on()), **_words()
    )


@blueprint.post("")
def save() -> Response:
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_SETTINGS)
    form = OrganizationSettingsForm.sent(organization, takes_cards=client.is_on())
    if not form.validate():
        return invalid("settings/index.html", form=form, **_words())
    locale = locales.in_language(form.locale.data, organization.locale)
    settings = form.settings | {"locale": locale}
    transact(organizations.change_settings, actor=actor, settings=settings, now=clock.now())
    flash("Saved. Bookings made before keep the policies they were made under.", "success")
    return go(url_for("settings.index"))


def _words() -> dict[str, Any]:
    """What each way of paying means, and the deployment's shortest session in minutes."""
    return {
        "paying_words": PAYING_WORDS,
        "shortest": int(current_app.extensions["settings"].min_session_duration),
    }
