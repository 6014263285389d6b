"""Roles, and what each may do: one table."""

from __future__ import annotations

from enum import StrEnum, auto


class Role(StrEnum):
    """A person's role in one organization. A guest has no account."""

    OWNER = auto()
    ADMIN = auto()
    COACH = auto()
    MEMBER = auto()
    GUEST = auto()


class Right(StrEnum):
    """What a role may do in the organization of the object."""

    PUBLISH = auto()
    CANCEL_SESSION = auto()
    BULK = auto()
    OVERBOOK = auto()
    EDIT_ANY_SESSION = auto()
    EDIT_OWN_DRAFT = auto()
    MANAGE_CATALOGUE = auto()
    MANAGE_OWN_OFFERINGS = auto()
    WRITE_WORKOUTS = auto()
    RUN_OWN_AVAILABILITY = auto()
    RUN_ANY_AVAILABILITY = auto()
    CHECK_IN = auto()
    ANSWER_MEETINGS = auto()
    ANSWER_ANY_MEETING = auto()
    MANAGE_PEOPLE = auto()
    MANAGE_ROLES_OF_OWNERS = auto()
    READ_AUDIT = auto()
    MANAGE_SETTINGS = auto()
    MANAGE_MONEY = auto()
    VIEW_MONEY_OF_OTHERS = auto()
    GIVE_MONEY_BACK = auto()
    DELETE_ORGANIZATION = auto()


_COACH = frozenset(
    {
        Right.EDIT_OWN_DRAFT,
        Right.RUN_OWN_AVAILABILITY,
        Right.ANSWER_MEETINGS,
        Right.CHECK_IN,
        Right.MANAGE_OWN_OFFERINGS,
        Right.WRITE_WORKOUTS,
    }
)
_ADMIN = _COACH | {
    Right.PUBLISH,
    Right.CANCEL_SESSION,
    Right.BULK,
    Right.OVERBOOK,
    Right.EDIT_ANY_SESSION,
    Right.MANAGE_CATALOGUE,
    Right.RUN_ANY_AVAILABILITY,
    Right.ANSWER_ANY_MEETING,
    Right.MANAGE_PEOPLE,
    Right.READ_AUDIT,
    Right.VIEW_MONEY_OF_OTHERS,
    Right.GIVE_MONEY_BACK,
}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.ADMIN: frozenset(_ADMIN),
    Role.COACH: _COACH,
    Role.MEMBER: frozenset(),
    Role.GUEST: frozenset(),
}


def may(role: Role | None, right: Right) -> bool:
    """Whether the role has the right; nobody has none."""
    return role is not None and right in RIGHTS[role]


def may_give(giver: Role | None, role: Role) -> bool:
    """Whether the giver may make somebody this, or take it from them: owners are made and unmade by owners only."""
    right = Right.MANAGE_ROLES_OF_OWNERS if role is Role.OWNER else Right.MANAGE_PEOPLE
    return may(giver, right)


def givable(giver: Role | None) -> list[Role]:
    """The roles of staff that the giver may give, the highest first."""
    return [role for role in (Role.OWNER, Role.ADMIN, Role.COACH) if may_give(giver, role)]
