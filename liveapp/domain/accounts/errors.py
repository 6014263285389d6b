"""Why an account, a role or an invitation can't be changed."""

from __future__ import annotations

from liveapp.domain.errors import Forbidden, Refusal


class LinkUsed(Refusal):
    """A mailed link that was used already, or whose time is over."""

    status = 410
    code = "link_used"
    sentence = "This link was used already, or its time is over. Ask for a new one."


class PasswordChanged(Refusal):
    """The password changed between being read and being used."""

    code = "password_changed"
    sentence = "The password of this account was changed a moment ago. Sign in with the new one."


class OtherAddress(Refusal):
    """The invitation is for somebody else."""

    status = 403
    code = "other_address"

    def __init__(self, email: str) -> None:
        super().__init__(f"This invitation is for {email}. Sign out, and sign in with that address to accept it.")


class AlreadyMember(Refusal):
    status = 422
    code = "already_member"
    sentence = "This person works here already. Change their role in the list instead."


class AlreadyInvited(Refusal):
    status = 422
    code = "already_invited"
    sentence = "There is an open invitation for this address. Send it again, or revoke it and invite anew."


class InviteFirst(Refusal):
    """Who works somewhere can be given sessions, which take their time everywhere: that is for them to accept."""

    code = "invite_first"
    sentence = "This person is a client. Invite them to work here: it is theirs to accept."


class LastOwner(Refusal):
    code = "last_owner"
    sentence = "An organization needs an owner. Make somebody else an owner first."


class OwnersOnly(Forbidden):
    code = "owners_only"
    sentence = "Only an owner can give, change or end the role of an owner."
