"""What staff write about workouts, and the days of a program."""

from __future__ import annotations

from liveapp.domain.workouts.errors import BadText
from liveapp.domain.workouts.library import Text
from liveapp.forms.fields import DayField, LongTextField, TextField
from liveapp.forms.refusable import KeyedForm, RefusableForm
from liveapp.rules.content import LONGEST_BODY, LONGEST_TITLE


class WorkoutForm(KeyedForm):
    """A workout: a title, and what is done in Markdown."""

    title = TextField("Title", required=BadText.MISSING, longest=LONGEST_TITLE)
    body = LongTextField("What is done", longest=LONGEST_BODY)

    @property
    def text(self) -> Text:
        return Text(self.title.data or "", self.body.data or "")


class CopyForm(RefusableForm):
    """The day that another day's workouts are copied to."""

    to_day = DayField("To", required="Choose a day.")
