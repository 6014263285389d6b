"""Who does something: a person with a role in the object's organization, a guest, or the system."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from liveapp.rules.roles import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """`user_id` is empty for the system. For the audit log: `address` is where the request came from, `batch_id` the
    bulk change that this is part of."""

    user_id: uuid.UUID | None
    role: Role | None
    organization_id: uuid.UUID
    address: str | None = None
    batch_id: uuid.UUID | None = None

    @property
    def is_staff(self) -> bool:
        return self.role in (Role.OWNER, Role.ADMIN, Role.COACH)

    @property
    def kind(self) -> str:
        """For the audit log: staff, person or system."""
        if self.user_id is None:
            return "system"
        return "staff" if self.is_staff else "person"


def system(organization_id: uuid.UUID) -> Actor:
    """The actor of what the clock does."""
    return Actor(user_id=None, role=None, organization_id=organization_id)
