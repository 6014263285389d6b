"""Who earns money in an organization: a host, or the business itself, with their accounts in the book."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from liveapp.rules import ledger

_HOST = "host:"


@dataclass(frozen=True, slots=True)
class Earner:
    """A host of the organization; none: the business itself."""

    organization_id: uuid.UUID
    host_id: uuid.UUID | None

    @property
    def account(self) -> ledger.Account:
        """Where what they earn is written, and what they are paid from."""
        return ledger.host(self.host_id.hex) if self.host_id else ledger.BUSINESS

    @property
    def accounts(self) -> tuple[ledger.Account, ...]:
        """The accounts whose sum they are owed: the business has what it took at the desk already."""
        return (self.account,) if self.host_id else (self.account, ledger.DESK)

    @property
    def turn(self) -> tuple[uuid.UUID]:
        """Whose turn whatever pays them takes."""
        return (self.host_id or self.organization_id,)


def whose(account: str) -> str:
    """The account that an account's money counts to: the desk's is the business's."""
    return ledger.BUSINESS if account == ledger.DESK else account


def host_of(account: str) -> uuid.UUID | None:
    """The host that an earner's account belongs to; none: the business itself."""
    return uuid.UUID(hex=account.removeprefix(_HOST)) if account.startswith(_HOST) else None


def is_earners(account: str) -> bool:
    """Whether the account is a host's, the business's, or what it took at the desk."""
    return account.startswith(_HOST) or account in (ledger.BUSINESS, ledger.DESK)
