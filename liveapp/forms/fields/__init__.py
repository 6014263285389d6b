"""Fields that all forms share: text in, typed and cleaned values out, and sentences that say how to mend what is wrong.

Texts lose what people can't see (NUL, control and direction-overriding characters); numbers are plain ASCII digits.
A field with `required` (a sentence) must be filled, the others may stay empty and give "" or None.
"""

from liveapp.forms.fields.choices import CardsField, ChoiceField, IdChoiceField, IdsField, NumbersField, TimezoneField
from liveapp.forms.fields.quantities import (
    DayField,
    DecimalNumberField,
    PriceField,
    WallTimeField,
    WholeNumberField,
    both_or_neither,
)
from liveapp.forms.fields.rooms import ProviderField
from liveapp.forms.fields.texts import (
    EmailField,
    KeyField,
    LongTextField,
    PasswordField,
    TextField,
    UrlField,
)

__all__ = [
    "CardsField",
    "ChoiceField",
    "DayField",
    "DecimalNumberField",
    "EmailField",
    "IdChoiceField",
    "IdsField",
    "KeyField",
    "LongTextField",
    "NumbersField",
    "PasswordField",
    "PriceField",
    "ProviderField",
    "TextField",
    "TimezoneField",
    "UrlField",
    "WallTimeField",
    "WholeNumberField",
    "both_or_neither",
]
