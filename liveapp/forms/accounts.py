"""What people fill in to get an account, to sign in, and to change what is theirs."""

from __future__ import annotations

from typing import Any

from babel.numbers import get_currency_name, list_currencies
from flask_wtf import FlaskForm

from liveapp.domain.accounts.organizations import Foundation
from liveapp.forms.fields import ChoiceField, EmailField, PasswordField, TextField, TimezoneField
from liveapp.rules import currencies
from liveapp.rules.languages import COMPLETE
from liveapp.rules.roles import Role

ROLE_WORDS = {
    Role.OWNER: "Runs the business: everything, settings and roles included.",
    Role.ADMIN: "Runs the schedule, the catalogue and the people; not the settings.",
    Role.COACH: "Teaches: drafts sessions, runs their own availability, offerings and meetings.",
}


def currency_choices() -> dict[str, str]:
    """Codes with their names, the common ones first."""
    codes = currencies.choices(list_currencies())
    return {code: f"{code} – {get_currency_name(code, locale='en')}" for code in codes}


class SignInForm(FlaskForm):  # type: ignore[misc]
    """An address and its password."""

    email = EmailField(render_kw={"autocomplete": "username"})
    password = PasswordField()

    def refuse(self) -> None:
        """The two don't belong together; which of them is wrong isn't said."""
        self.form_errors.append("That e-mail and password don't match. Check both, or ask for a sign-in link.")


class EmailForm(FlaskForm):  # type: ignore[misc]
    """Where to mail a link."""

    email = EmailField(render_kw={"autocomplete": "email"})


class OrganizationForm(FlaskForm):  # type: ignore[misc]
    """What an organization begins with."""

    organization_name = TextField("Name of your business", required="Enter the name that your clients know.")
    timezone = TimezoneField()
    currency = ChoiceField("Currency", choices=currency_choices(), default="USD", required="Choose a currency.")

    @property
    def foundation(self) -> Foundation:
        return Foundation(name=self.organization_name.data, timezone=self.timezone.data, currency=self.currency.data)


class AccountFields(FlaskForm):  # type: ignore[misc]
    """A person's own part of a sign-up."""

    name = TextField("Your name", required="Enter your name.", longest=100, render_kw={"autocomplete": "name"})
    email = EmailField("Your e-mail", render_kw={"autocomplete": "username"})
    password = PasswordField(new=True)


class SignUpForm(OrganizationForm, AccountFields):
    """An organization and its first person."""


class JoinForm(AccountFields):
    """An account for oneself, without an organization."""

    timezone = TimezoneField()


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """A button: nothing but the token against forged requests."""


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The password that was chosen when signing up."""

    password = PasswordField()

    def refuse(self) -> None:
        """It is another one."""
        self.password.errors = ["This isn't the password that was chosen when signing up. Try again."]


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, which isn't made of these `names`."""

    names: tuple[str, ...] = ()
    password = PasswordField("New password", new=True)


class AcceptForm(FlaskForm):  # type: ignore[misc]
    """What somebody without an account fills in to accept an invitation; `names` are the business's and the address."""

    names: tuple[str, ...] = ()
    name = TextField("Your name", required="Enter your name.", longest=100, render_kw={"autocomplete": "name"})
    password = PasswordField(new=True)
    timezone = TimezoneField()


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Whom to invite, as what."""

    email = EmailField("E-mail", required="Enter the address of the person to invite.")
    role = ChoiceField("Role", required="Choose what they will do.")

    @classmethod
    def offering(cls, roles: list[Role]) -> InviteForm:
        """With the roles that the person who invites may give."""
        form = cls(role=roles[-1].value)
        form.role.choices = role_choices(roles[::-1])
        return form


class AddressForm(FlaskForm):  # type: ignore[misc]
    """The address of somebody who is known by name only."""

    email = EmailField("E-mail")


class RoleForm(FlaskForm):  # type: ignore[misc]
    """Another role."""

    role = ChoiceField("Role", required="Choose a role.")

    @classmethod
    def offering(cls, roles: list[Role], **values: Any) -> RoleForm:
        """With the roles that the person who changes it may give."""
        form = cls(data=values)
        form.role.choices = role_choices(roles)
        return form


class ProfileForm(FlaskForm):  # type: ignore[misc]
    """A person's own name, zone and language."""

    name = TextField("Name", required="Enter your name.", longest=100, render_kw={"autocomplete": "name"})
    timezone = TimezoneField()
    locale = ChoiceField("Language of dates and mails", choices=COMPLETE, required="Choose a language.")


class ChangePasswordForm(FlaskForm):  # type: ignore[misc]
    """The old and the new password; the old only where there is one. The new one isn't made of these `names`."""

    names: tuple[str, ...] = ()
    current = PasswordField("Current password", required="Enter the password you have now.")
    password = PasswordField("New password", new=True)

    @classmethod
    def for_person(cls, *, has_password: bool, empty: bool = False) -> ChangePasswordForm:
        """Without the field for the old password for those who have none."""
        form = cls(formdata=None) if empty else cls()
        if not has_password:
            del form.current
        return form

    def refuse(self) -> None:
        """The old one is wrong."""
        self.current.errors = ["This isn't your current password."]


def role_choices(roles: list[Role]) -> dict[str, str]:
    """Roles with their names."""
    return {role.value: role.value.capitalize() for role in roles}
