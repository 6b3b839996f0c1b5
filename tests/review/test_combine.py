"""Two reviewers: what stands, what is in dispute, how far they agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from anonymizer.decision import Decision
from anonymizer.review.combine import agreement, disagreements
from anonymizer.review.events import Event, apply
from anonymizer.review.marks import Marks


def act(who: str, op: Any, *targets: str, **values: Any) -> Event:
    """An event of a reviewer."""
    return Event(op, targets, reviewer=who, **values)


def test_each_ones_work_counts_where_the_other_did_nothing(marks: Marks) -> None:
    """No disagreement without two opinions."""
    after = apply(marks, [act("A", "decide", "1:0-4", action="keep"), act("B", "decide", "1:10-18", action="remove")])

    decided = {d.id: (d.action, d.by, d.review) for d in after.decisions}
    assert decided["1:0-4"] == ("keep", "A", False)
    assert decided["1:10-18"] == ("remove", "B", False)


def test_where_they_differ_the_safer_stands_undecided(marks: Marks) -> None:
    """A disagreement is never settled by order or by luck."""
    both = [act("A", "decide", "1:0-4", action="keep"), act("B", "decide", "1:0-4", action="pseudonymize")]

    for events in (both, list(reversed(both))):
        after = {d.id: d for d in apply(marks, events).decisions}["1:0-4"]
        assert (after.action, after.review, after.by) == ("pseudonymize", True, "")
        assert [d.open for d in disagreements(marks, events)] == [True]


def test_of_two_extents_everything_stays_hidden(marks: Marks) -> None:
    """Where one hides the first word and the other the second, both are hidden until settled."""
    events = [
        act("A", "extent", "1:10-18", "1:10-14"), act("A", "decide", "1:10-14", action="remove"),
        act("B", "extent", "1:10-18", "1:15-18"), act("B", "decide", "1:15-18", action="remove"),
    ]  # fmt: skip

    after = [d for d in apply(marks, events).decisions if d.turn == 1 and d.start >= 10]

    assert [(d.id, d.review) for d in after] == [("1:10-14", True), ("1:15-18", True)]


def test_a_joint_decision_settles(marks: Marks) -> None:
    """Decided in view of both, it lies above both and is listed as settled."""
    events = [
        act("A", "decide", "1:0-4", action="keep"),
        act("B", "decide", "1:0-4", action="pseudonymize"),
        act("B", "decide", "1:0-4", action="keep", joint=True),
    ]

    after = {d.id: d for d in apply(marks, events).decisions}["1:0-4"]
    assert (after.action, after.review, after.by) == ("keep", False, "B")
    assert [d.open for d in disagreements(marks, events)] == [False]


def test_tags_in_dispute_need_a_person(marks: Marks) -> None:
    """Two different corrections leave the turn to be looked at; one alone stands."""
    events = [act("A", "tag", "t0", "t1", question="a.1"), act("B", "tag", "t0", question="a.2")]

    after = apply(marks, events).tags
    assert (after[0].review, (after[1].question, after[1].review)) == (True, ("a.1", False))


def test_kappa_by_hand(marks: Marks, make_decision: Callable[..., Decision]) -> None:
    """Ten passages; a computation on paper.

    A hides 6 and keeps 4, B hides 5 and keeps 5; both hide 4, both keep 3. Observed .7, expected .6*.5 + .4*.5 = .5,
    kappa .4.
    """
    ten = replace(
        marks,
        turns=10,
        tags=(),
        questions=(),
        decisions=tuple(make_decision(f"{i}:0-4", "E1") for i in range(10)),
    )
    a = "hhhhhhkkkk"
    b = "hhhhkkkkkh"

    def events(who: str, choices: str) -> list[Event]:
        action = {"h": "pseudonymize", "k": "keep"}
        return [act(who, "decide", f"{i}:0-4", action=action[c]) for i, c in enumerate(choices)]

    result = agreement(ten, events("A", a), events("B", b))

    assert (result.units, result.same, result.reviewers) == (10, 7, ("A", "B"))
    assert result.percent == 70
    assert result.kappa == pytest.approx(0.4)


def test_what_only_one_found_counts_as_kept_by_the_other(marks: Marks) -> None:
    """The unit is every passage that anybody marked."""
    a = [act("A", "add", "0:0-3", entity_type="PERSON")]
    b = [act("B", "read", "t0-5")]

    result = agreement(marks, a, b)

    assert (result.units, result.same, result.found) == (6, 5, (1, 0))


def test_agreement_of_nothing_is_not_a_number(marks: Marks) -> None:
    """No passages, or only one action: kappa is not defined and is not shown as 1."""
    none = replace(marks, decisions=(), entities=(), questions=())

    assert (agreement(none, [], []).kappa, agreement(none, [], []).percent) == (None, None)
