"""Signing up, in and out; mailed links; invitations; switching organization.

Every answer is the same whether an address has an account or not. Links in mails open a page with a button.
"""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)

from liveapp.blueprints.accounts import invitations, resets, signing_in, signing_up  # noqa: E402

__all__ = ["blueprint", "invitations", "resets", "signing_in", "signing_up"]
