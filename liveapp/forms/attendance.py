"""What staff say of one person's attendance."""

from __future__ import annotations

from liveapp.forms.fields import CardsField, TextField
from liveapp.forms.refusable import RefusableForm

CHECK_IN = "check_in"
BEFORE = {CHECK_IN: "They are here"}
EXCUSED = {"excused": "They said that they can't come"}
AFTERWARDS = {
    "present": "Was there in time",
    "late": "Was there, late",
    "absent": "Wasn't there",
    "excused": "Wasn't there, and is excused",
}


class AttendanceForm(RefusableForm):
    """What became of somebody, and why staff say so."""

    became = CardsField("What happened", choices={})
    reason = TextField("Reason", longest=300)

    def offer(self, *, is_closed: bool, may_correct: bool) -> None:
        """What can be chosen: while the session isn't closed, and once it is."""
        choices = AFTERWARDS if is_closed else BEFORE | (EXCUSED if may_correct else {})
        self.became.choices = list(choices.items())
        if self.became.data is None and not is_closed:
            self.became.data = CHECK_IN
