"""Passwords: argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane). Slow on purpose: not for transactions."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """The hash to keep."""
    return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether it is the password; takes as long for an address without one, so that the time tells nothing."""
    try:
        matches = _hasher.verify(password_hash or _hash_of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and password_hash is not None


def better_hash(password_hash: str, password: str) -> str | None:
    """The password hashed anew, when the parameters have changed since."""
    return hash_password(password) if _hasher.check_needs_rehash(password_hash) else None


@cache
def _hash_of_nobody() -> str:
    return hash_password("a password that nobody has")
