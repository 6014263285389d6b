"""Topics: what is one topic, which comes first, and until when it is settled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.topics import Suggestion, Topic, deadline, folded, tally

START = datetime(2026, 3, 29, 9, 0, tzinfo=UTC)


def test_the_same_words_are_one_topic_whatever_their_case_and_spaces() -> None:
    said = [Suggestion(1, "Fractions"), Suggestion(2, "Equations"), Suggestion(3, "  fractions "), Suggestion(4, "")]
    assert tally(said) == [Topic("Fractions", (1, 3)), Topic("Equations", (2,))]


def test_a_group_is_one_topic_and_takes_in_who_says_its_name() -> None:
    said = [
        Suggestion(1, "Adding halves", group="Fractions"),
        Suggestion(2, "Equations"),
        Suggestion(3, "fractions"),
        Suggestion(4, "Thirds", group="Fractions"),
        Suggestion(5, "", group="Fractions"),
    ]
    assert tally(said) == [Topic("Fractions", (1, 3, 4, 5), is_group=True), Topic("Equations", (2,))]


def test_of_as_many_the_earliest_comes_first() -> None:
    assert [topic.words for topic in tally([Suggestion(1, "B"), Suggestion(2, "A"), Suggestion(3, "C")])] == [
        "B", "A", "C",
    ]  # fmt: skip


def test_the_deadline_is_hours_before_the_start_in_elapsed_time() -> None:
    assert deadline(START, 24) == START - timedelta(hours=24)
    assert deadline(START, 0) == START


words = st.text(alphabet="aAbB \t", max_size=4)


@given(st.lists(st.tuples(words, words), max_size=8))
def test_everybody_who_said_something_is_in_one_topic_and_the_order_falls(pairs: list[tuple[str, str]]) -> None:
    said = [Suggestion(number, text, group) for number, (text, group) in enumerate(pairs)]
    found = tally(said)
    assert sorted(key for topic in found for key in topic.keys) == [  # type: ignore[type-var]
        each.key for each in said if folded(each.group or each.words)
    ]
    sizes = [len(topic.keys) for topic in found]
    assert sizes == sorted(sizes, reverse=True)
    assert len({folded(topic.words) for topic in found}) == len(found)
