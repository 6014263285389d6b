"""Fields of text: what people can't see is taken out, lengths are limited."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, StringField, TextAreaField
from wtforms import PasswordField as PlainPasswordField
from wtforms.validators import DataRequired, Length, Optional, StopValidation, ValidationError
from wtforms.widgets import EmailInput, URLInput

from liveapp.forms.guessed_passwords import is_common
from liveapp.rules.passwords import Weakness, weakness
from liveapp.rules.texts import LONGEST_ADDRESS, address_of, cleaned, is_web_address


class TextField(StringField):  # type: ignore[misc]
    """One line of text, of at most `longest` characters."""

    keeps_lines = False

    def __init__(
        self, label: str, *, required: str = "", longest: int = 120, validators: Sequence[Any] = (), **rest: Any
    ) -> None:
        too_long = Length(max=longest, message=f"This is too long: shorten it to {longest} characters.")
        rest.setdefault("default", "")
        super().__init__(label, validators=[_presence(required), too_long, *validators], **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = cleaned(valuelist[0], keep_lines=self.keeps_lines) if valuelist else ""


class LongTextField(TextField, TextAreaField):  # type: ignore[misc]
    """Text of several lines."""

    keeps_lines = True

    def __init__(self, label: str, *, longest: int = 4000, **rest: Any) -> None:
        super().__init__(label, longest=longest, **rest)


class EmailField(TextField):
    """An e-mail address, in lower case."""

    widget = EmailInput()

    def __init__(self, label: str = "E-mail", *, required: str = "Enter an e-mail address.", **rest: Any) -> None:
        super().__init__(label, required=required, longest=LONGEST_ADDRESS, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data.lower()

    def pre_validate(self, _form: Any) -> None:
        if not self.data or len(self.data) > LONGEST_ADDRESS:
            return
        found = address_of(self.data)
        if found is None:
            raise StopValidation("This isn't an e-mail address. It looks like name@example.com.")
        self.data = found


NAMED_IN = ("name", "email", "organization_name")
GUESSED = {
    Weakness.COMMON: "This is one of the passwords that are tried first everywhere. Take a few words in a row instead.",
    Weakness.NAME: "Names are tried first. Take a few words in a row that have nothing to do with you or the business.",
}


class PasswordField(PlainPasswordField):  # type: ignore[misc]
    """A password, taken as it is typed; never shown again. New ones have 10 characters or more, and aren't what is
    tried first: `names` of the form, if it has them, are the person's and the business's beside what was typed."""

    def __init__(
        self, label: str = "Password", *, required: str = "Enter a password.", new: bool = False, **rest: Any
    ) -> None:
        shortest = 10 if new else 1
        length = Length(shortest, 200, message="Use 10 to 200 characters. A few words in a row are easy to remember.")
        kind = "new-password" if new else "current-password"
        super().__init__(label, validators=[DataRequired(required), length], render_kw={"autocomplete": kind}, **rest)
        self._is_new = new

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = unicodedata.normalize("NFKC", valuelist[0][:1000]) if valuelist else ""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        """Raises ValidationError for a new one that is guessed early."""
        if not self._is_new or validation_stopped or self.errors:
            return
        typed = [str(form[name].data or "") for name in NAMED_IN if name in form]
        weak = weakness(self.data, is_common=is_common, names=[*typed, *getattr(form, "names", ())])
        if weak:
            raise ValidationError(GUESSED[weak])


class UrlField(TextField):
    """An http or https address."""

    widget = URLInput()

    def __init__(self, label: str, *, longest: int = 500, **rest: Any) -> None:
        super().__init__(label, longest=longest, **rest)

    def pre_validate(self, _form: Any) -> None:
        if self.data and not is_web_address(self.data):
            raise StopValidation("Enter a whole address that starts with https://, like https://meet.example.com/room.")


class KeyField(HiddenField):  # type: ignore[misc]
    """The form's own key: sent twice, it gets the first answer (domain.idempotency)."""

    def __init__(self, label: str = "", **rest: Any) -> None:
        super().__init__(label, default=lambda: uuid.uuid4().hex, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        given = valuelist[0] if valuelist else ""
        self.data = given if re.fullmatch(r"[0-9a-f]{32}", given) else uuid.uuid4().hex


def _presence(required: str) -> Any:
    return DataRequired(required) if required else Optional()
