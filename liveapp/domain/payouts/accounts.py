"""Accounts with the provider that earners are paid to: opened, and kept as the provider says they are."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization, User
from liveapp.domain.actor import Actor, system
from liveapp.domain.audit import service as audit
from liveapp.domain.payouts import messages, queries
from liveapp.domain.payouts.earners import Earner
from liveapp.domain.payouts.models import PayoutAccount

HELD_FOR = timedelta(hours=72)
"""So long nothing is sent to a bank account that took the place of another: time for the owners to object."""


def begin(*, earner: Earner, actor: Actor, now: datetime) -> AnyRow:
    """The earner's account, made when it isn't there: every column of payout_accounts. Take the earner's turn."""
    found = queries.account_of(earner=earner)
    if found is not None:
        return found
    account = PayoutAccount(
        id=uuid.uuid4(),
        organization_id=earner.organization_id,
        host_id=earner.host_id,
        earner=earner.account,
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    audit.record(
        actor=actor, action="begin", object_type="payout_account", object_id=account.id, now=now,
        after={"host_id": earner.host_id},
    )  # fmt: skip
    made = queries.account_of(earner=earner)
    assert made is not None
    return made


def note_made(*, key: uuid.UUID, account_id: str, now: datetime) -> None:
    """The provider made the account; its first name stays."""
    db.session.execute(
        update(PayoutAccount)
        .where(PayoutAccount.id == key, PayoutAccount.account_id.is_(None))
        .values(account_id=account_id, checked_at=now)
    )


def note_state(*, account_id: str, is_ready: bool, missing: Sequence[str], bank: str = "", now: datetime) -> None:
    """What the provider says of the account now. A strange account is none of ours. Where the bank account behind it
    (`bank`: the provider's mark of it) is another than before, nothing is sent there for 72 hours."""
    account = queries.account_at_provider(account_id=account_id)
    if account is None:
        return
    values = {"is_ready": is_ready, "missing": list(missing), "checked_at": now}
    if is_ready and not account.is_ready:
        values["bank_failure"] = ""
    _change(account.id, **values)
    if bank and bank != account.bank:
        _note_new_bank(account, bank, now)
    if is_ready != account.is_ready:
        _record(account, "open" if is_ready else "close", now, {"is_ready": account.is_ready}, {"is_ready": is_ready})


def is_held(account: AnyRow, now: datetime) -> bool:
    """Whether nothing is sent there now, as where it leads to was changed. `account`: as in `queries.account_of`."""
    return account.held_until is not None and bool(now < account.held_until)


def _note_new_bank(account: AnyRow, bank: str, now: datetime) -> None:
    held_until = now + HELD_FOR if account.bank else account.held_until
    _change(account.id, bank=bank, held_until=held_until)
    _record(account, "change_bank" if account.bank else "name_bank", now, {}, {"held_until": held_until})
    messages.promise_account_changed(account, held_until, now)


def note_bank(*, account_id: str, failure: str, now: datetime) -> None:
    """Whether the earner's bank took what the provider sent there last; why it didn't."""
    account = queries.account_at_provider(account_id=account_id)
    if account is None or account.bank_failure == failure:
        return
    _change(account.id, bank_failure=failure)
    if failure:
        _record(account, "refuse_by_bank", now, {}, {"reason": failure})
        messages.promise_refused_by_bank(account, failure, now)


def email_of(*, earner: Earner) -> str:
    """The address that the provider writes to."""
    query = select(User.email).where(User.id == earner.host_id)
    if earner.host_id is None:
        query = select(Organization.contact_email).where(Organization.id == earner.organization_id)
    return str(db.session.execute(query).scalar_one())


def _change(key: uuid.UUID, **values: object) -> None:
    db.session.execute(update(PayoutAccount).where(PayoutAccount.id == key).values(**values))


def _record(account: AnyRow, action: str, now: datetime, before: dict[str, object], after: dict[str, object]) -> None:
    audit.record(
        actor=system(account.organization_id), action=action, object_type="payout_account", object_id=account.id,
        now=now, before=before, after=after,
    )  # fmt: skip
