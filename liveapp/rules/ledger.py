"""The book that all money is written to: transfers between two accounts, so that everything always sums to zero.

A transfer takes its amount from one account's side and gives it to another's in one row (double entry after Pacioli:
every debit has its credit). What an account is owed is what was credited to it less what was debited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from liveapp.rules.money import Shares

Account = NewType("Account", str)

CARD = Account("card")
"""Money that is with the card provider: debited when it comes in, credited when it goes out."""
DESK = Account("desk")
"""Money that the business took itself."""
PLATFORM = Account("platform")
"""The platform's fees."""
BUSINESS = Account("business")
"""What the business earned by itself, as by selling a plan."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """So many minor units from the debited account to the credited one, and why; once for each cause."""

    kind: str
    debit: Account
    credit: Account
    minor: int


KINDS = (
    "share",
    "rest",
    "fee",
    "payment",
    "share_back",
    "rest_back",
    "fee_back",
    "refund",
    "share_again",
    "rest_again",
    "fee_again",
    "refund_failed",
    "hold",
    "release",
    "payout",
    "payout_back",
)


def host(key: str) -> Account:
    """What this host earned."""
    return Account(f"host:{key}")


def person(key: str) -> Account:
    """What this person owes, or is owed."""
    return Account(f"person:{key}")


def held(earner: Account) -> Account:
    """What an earner isn't paid before somebody decided about it."""
    return Account(f"held:{earner}")


def charged(payer: Account, earner: Account, parts: Shares, via: Account) -> list[Transfer]:
    """Somebody is charged and pays: the earner, the platform and (beside a host) the business get their shares, and the
    money is where it came in."""
    return _real(
        Transfer("share", payer, earner, parts.host),
        Transfer("rest", payer, BUSINESS, parts.business),
        Transfer("fee", payer, PLATFORM, parts.platform),
        Transfer("payment", via, payer, parts.charge),
    )


def given_back(payer: Account, earner: Account, parts: Shares, via: Account) -> list[Transfer]:
    """Money goes back to who paid it: everybody gives back their shares."""
    return _real(
        Transfer("share_back", earner, payer, parts.host),
        Transfer("rest_back", BUSINESS, payer, parts.business),
        Transfer("fee_back", PLATFORM, payer, parts.platform),
        Transfer("refund", payer, via, parts.charge),
    )


def kept_after_all(payer: Account, earner: Account, parts: Shares, via: Account) -> list[Transfer]:
    """Money that went back didn't arrive, and is here again: so are the shares that were given back."""
    return _real(
        Transfer("refund_failed", via, payer, parts.charge),
        Transfer("share_again", payer, earner, parts.host),
        Transfer("rest_again", payer, BUSINESS, parts.business),
        Transfer("fee_again", payer, PLATFORM, parts.platform),
    )


def put_on_hold(earner: Account, minor: int) -> list[Transfer]:
    """What an earner got is kept from being paid out."""
    return _real(Transfer("hold", earner, held(earner), minor))


def released(earner: Account, minor: int) -> list[Transfer]:
    """It was decided: what was kept is the earner's again (and goes back from there, if it has to)."""
    return _real(Transfer("release", held(earner), earner, minor))


def paid_out(earner: Account, minor: int, via: Account) -> list[Transfer]:
    """An earner gets what they are owed."""
    return _real(Transfer("payout", earner, via, minor))


def came_back(earner: Account, minor: int, via: Account) -> list[Transfer]:
    """A payout didn't arrive: the earner is owed it again."""
    return _real(Transfer("payout_back", via, earner, minor))


def owed(transfers: list[Transfer]) -> dict[Account, int]:
    """What each account is owed after these transfers; together that is always nothing."""
    found: dict[Account, int] = {}
    for each in transfers:
        found[each.debit] = found.get(each.debit, 0) - each.minor
        found[each.credit] = found.get(each.credit, 0) + each.minor
    return found


def _real(*transfers: Transfer) -> list[Transfer]:
    """Nothing is no transfer."""
    return [each for each in transfers if each.minor]
