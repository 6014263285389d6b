"""Fields that are chosen from a list. Choices are a mapping of values to words, or of groups to such mappings."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from liveapp.rules.timezones import timezones

_NUMBER = re.compile(r"[+-]?[0-9]{1,12}")


class ChoiceField(SelectField):  # type: ignore[misc]
    """One of a list of words."""

    def __init__(
        self, label: str, *, choices: Mapping[str, Any] | None = None, required: str = "", **rest: Any
    ) -> None:
        checks = [DataRequired(required)] if required else []
        super().__init__(label, choices=dict(choices or {}), validators=checks, **rest)
        self.type = "SelectField"

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        try:
            self.data = self.coerce(valuelist[0])
        except ValueError as error:
            raise ValueError("Choose one from the list.") from error

    def pre_validate(self, _form: Any) -> None:
        if not self.errors and not any(self.coerce(value) == self.data for value, *_ in self.iter_choices()):
            raise StopValidation("Choose one from the list.")


class CardsField(RadioField):  # type: ignore[misc]
    """One of a few weighty choices, all of them in sight."""

    def __init__(self, label: str, *, choices: Mapping[str, str], **rest: Any) -> None:
        checks = [InputRequired("Choose one of these.")]
        super().__init__(
            label, choices=dict(choices), validators=checks, invalid_choice_message="Choose one of these.", **rest
        )


class IdChoiceField(ChoiceField):
    """One of a list of things by id; the empty choice, where there is one, is None."""

    def __init__(self, label: str, **rest: Any) -> None:
        super().__init__(label, coerce=_id_or_none, **rest)


class IdsField(SelectMultipleField):  # type: ignore[misc]
    """Any of a list of things by id, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
    data: list[Any]

    def __init__(self, label: str, **rest: Any) -> None:
        rest.setdefault("default", list)
        super().__init__(label, choices={}, coerce=_id_or_none, validate_choice=False, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = list(valuelist)  # read as ids later: the choices may not be there yet

    def pre_validate(self, _form: Any) -> None:
        offered = {str(value): uuid.UUID(str(value)) for value, *_ in self.iter_choices()}
        if not offered.keys() >= set(self.data):
            raise StopValidation("Choose from the list.")
        self.data = [offered[each] for each in dict.fromkeys(self.data)]


class TimezoneField(ChoiceField):
    """An IANA time zone, in groups by region."""

    def __init__(self, label: str = "Time zone", **rest: Any) -> None:
        super().__init__(label, choices=_zones_by_region(), required="Choose a time zone.", **rest)


class NumbersField(SelectMultipleField):  # type: ignore[misc]
    """Any of a few numbers, as checkboxes: weekdays, durations."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str, *, choices: Mapping[int, str], **rest: Any) -> None:
        rest.setdefault("default", list)
        super().__init__(label, choices=dict(choices), coerce=int, validate_choice=False, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        offered = {value for value, *_ in self.iter_choices()}
        wanted = {int(text) for text in valuelist if _NUMBER.fullmatch(text)}
        if len(wanted) < len(set(valuelist)) or not wanted <= offered:
            raise ValueError("Choose from the list.")
        self.data = sorted(wanted)


def _id_or_none(value: Any) -> uuid.UUID | None:
    if value in ("", "None", None):
        return None
    return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))


def _zones_by_region() -> Mapping[str, Mapping[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    for name in timezones():
        region, _, place = name.partition("/")
        groups.setdefault(region if place else "Universal", {})[name] = (place or name).replace("_", " ")
    return groups
