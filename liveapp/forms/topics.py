"""What the host says of the topics that people suggest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from liveapp.domain.bookings.topics import LONGEST_TOPIC
from liveapp.forms.fields import IdsField, TextField
from liveapp.forms.refusable import RefusableForm
from liveapp.rules.topics import Topic


class GroupForm(RefusableForm):
    """Suggestions that mean one thing, and what to call it; `is_apart`: they are to be taken apart instead."""

    is_apart = False
    chosen = IdsField("Suggestions")
    group_name = TextField("What to call it", longest=LONGEST_TOPIC)

    def offer(self, topics: Sequence[Topic]) -> None:
        """A topic is chosen by any of the bookings that stand for it: they may be more by the time it is sent."""
        self.chosen.choices = [(str(key), topic.words) for topic in topics for key in topic.keys]

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if self.name_of_group or self.is_apart or self.group_name.errors:
            return valid
        self.group_name.errors = ["Say what to call it."]
        return False

    @property
    def name_of_group(self) -> str:
        """The name, none for those that are taken apart."""
        return "" if self.is_apart else self.group_name.data or ""


class SettleForm(RefusableForm):
    """What the session is about."""

    topic = TextField("Topic", required="Say what it is about.", longest=LONGEST_TOPIC)
