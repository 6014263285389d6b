"""The studio of the routes' table, for attackers: Ada's Kestrel with one of everything, and Cy elsewhere."""

from __future__ import annotations

from tests.architecture.test_routes import world

__all__ = ["world"]
