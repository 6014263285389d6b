"""Exactly these rights, role by role."""

import pytest

from liveapp.rules.roles import Right, Role, givable, may

COACH = {
    Right.EDIT_OWN_DRAFT,
    Right.RUN_OWN_AVAILABILITY,
    Right.ANSWER_MEETINGS,
    Right.CHECK_IN,
    Right.MANAGE_OWN_OFFERINGS,
    Right.WRITE_WORKOUTS,
}
OWNER_ONLY = {
    Right.MANAGE_ROLES_OF_OWNERS,
    Right.MANAGE_SETTINGS,
    Right.MANAGE_MONEY,
    Right.DELETE_ORGANIZATION,
}


@pytest.mark.parametrize("right", Right)
def test_each_right_by_role(right: Right) -> None:
    assert may(Role.OWNER, right)
    assert may(Role.ADMIN, right) == (right not in OWNER_ONLY)
    assert may(Role.COACH, right) == (right in COACH)
    assert not may(Role.MEMBER, right)
    assert not may(Role.GUEST, right)
    assert not may(None, right)


def test_only_owners_make_owners() -> None:
    assert givable(Role.OWNER) == [Role.OWNER, Role.ADMIN, Role.COACH]
    assert givable(Role.ADMIN) == [Role.ADMIN, Role.COACH]
    assert givable(Role.COACH) == givable(Role.MEMBER) == givable(None) == []
