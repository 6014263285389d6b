"""People: staff and members of the organization, invitations and roles."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web.navigation import P

blueprint = Blueprint("members", __name__, url_prefix=f"{P}/members")
