"""Signing up, in and out; mailed links; invitations; switching organization."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
