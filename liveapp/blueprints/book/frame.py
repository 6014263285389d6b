"""What every page of an organization's public site says around its own words."""

from __future__ import annotations

from typing import Any

from flask import url_for

from liveapp.domain.accounts.models import Organization
from liveapp.web.zones import zone_choices


def frame(organization: Organization, timezone: str) -> dict[str, Any]:
    """The organization with its address, and the zone that times are shown in with the ones to choose from."""
    return {
        "organization": organization,
        "organization_href": url_for("book.organization", slug=organization.slug),
        "viewer_timezone": timezone,
        "zones": zone_choices(organization.timezone, timezone),
        "kept": {},
    }
