"""What each event does to the marks, and that undo restores the exact state before."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizer.decision import Decision
from anonymizer.review.events import Event, apply
from anonymizer.review.marks import Marks
from anonymizer.review.overlay import Overlay


def by_id(marks: Marks) -> dict[str, Decision]:
    """Decisions by id."""
    return {d.id: d for d in marks.decisions}


def act(op: Any, *targets: str, **values: Any) -> Event:
    """An event of reviewer A."""
    return Event(op, targets, reviewer="A", **values)


def test_no_events_leave_the_marks_as_they_are(marks: Marks) -> None:
    """The overlay of nothing is nothing."""
    assert marks == apply(marks, ())


def test_a_decision_names_its_reviewer(marks: Marks) -> None:
    """by, rule and review as the interface says."""
    after = by_id(apply(marks, [act("decide", "1:0-4", action="remove")]))["1:0-4"]

    assert (after.action, after.by, after.rule, after.review) == ("remove", "A", "reviewer", False)


def test_an_entity_is_decided_at_once_but_not_its_exceptions(marks: Marks) -> None:
    """A mention decided by itself keeps its decision when the entity is decided."""
    after = by_id(apply(marks, [act("decide", "5:0-4", action="keep"), act("decide", "E1", action="remove")]))

    assert [after[id].action for id in ("1:0-4", "3:0-4", "5:0-4")] == ["remove", "remove", "keep"]


def test_carried_decisions_are_told_from_own_ones(marks: Marks) -> None:
    """What was carried over and not shown is listed until it is looked at."""
    view = Overlay(marks).replay([act("decide", "1:0-4", "3:0-4", action="remove", entity="E1@1:0-4")])

    assert [m.id for m in view.unseen()] == ["1:0-4", "3:0-4"]
    view.apply(act("looked", "1:0-4"))
    view.apply(act("read", "t3-5"))
    assert view.unseen() == []


def test_a_passage_found_by_a_person_replaces_what_it_overlaps(marks: Marks) -> None:
    """Added findings never overlap others."""
    after = apply(marks, [act("add", "1:8-20", entity_type="ORGANIZATION", action="pseudonymize")])

    assert [d.id for d in after.decisions if d.turn == 1] == ["1:0-4", "1:8-20"]
    assert by_id(after)["1:8-20"].sources == ("reviewer",)
    assert by_id(after)["1:8-20"].entity in {e.id for e in after.entities}
    assert "E2" not in {e.id for e in after.entities}


def test_extent_moves_a_finding(marks: Marks) -> None:
    """Type, entity and state stay."""
    after = by_id(apply(marks, [act("extent", "1:10-18", "1:10-25")]))

    assert "1:10-18" not in after
    assert (after["1:10-25"].entity, after["1:10-25"].review) == ("E2", True)


def test_retype_of_an_entity_changes_its_mentions(marks: Marks) -> None:
    """Type and, where given, action."""
    after = apply(marks, [act("retype", "E1", entity_type="TECHNOLOGY", action="keep")])

    assert {("TECHNOLOGY", "keep")} == {(d.entity_type, d.action) for d in after.decisions if d.entity == "E1"}
    assert after.entity("E1").entity_type == "TECHNOLOGY"  # type: ignore[union-attr]


def test_merge_split_and_name(marks: Marks) -> None:
    """Two become one with one name; a part of one becomes somebody else."""
    merged = apply(marks, [act("merge", "E3", entity="E1"), act("name", "E1", text="[sister]")])
    split = apply(marks, [act("split", "3:0-4", entity="R1")])

    assert {"E1"} == {d.entity for d in merged.decisions if d.entity_type == "PERSON"}
    assert merged.entity("E1").pseudonym == "[sister]"  # type: ignore[union-attr]
    assert by_id(split)["3:0-4"].entity == "R1"
    assert (split.entity("R1").pseudonym, split.entity("R1").roster) == ("", None)  # type: ignore[union-attr]


def test_an_answer_settles_the_question(marks: Marks) -> None:
    """Same merges, other only closes; a merge by hand closes it too."""
    same = apply(marks, [act("answer", "same?:E1+E3", text="same")])
    other = apply(marks, [act("answer", "same?:E1+E3", text="other")])
    by_hand = apply(marks, [act("merge", "E3", entity="E1")])

    assert [m.questions for m in (same, other, by_hand)] == [(), (), ()]
    assert {"E1"} == {d.entity for d in same.decisions if d.entity_type == "PERSON"}
    assert marks.decisions == other.decisions


def test_tags_are_corrected_and_confirmed(marks: Marks) -> None:
    """A corrected tag is certain; a section read confirms the unsure ones in it."""
    unsure = Marks(
        **{
            **{f: getattr(marks, f) for f in marks.__slots__},
            "tags": tuple(type(t)(t.index, t.role, "a.1", 0.4, True) for t in marks.tags),
        }
    )
    after = apply(unsure, [act("tag", "t1", question="a.2"), act("read", "t0-3")])

    assert [(t.question, t.review) for t in after.tags[:2]] == [("a.1", False), ("a.2", False)]
    assert [t.review for t in after.tags] == [False, False, False, False, True, True]


def test_entity_ids_may_change_under_the_events(marks: Marks) -> None:
    """A transcript detected anew numbers its entities anew; the mention behind the @ finds them."""
    renamed = {"E1": "E7", "E2": "E1", "E3": "E2"}
    anew = Marks(
        **{
            **{f: getattr(marks, f) for f in marks.__slots__},
            "decisions": tuple(type(d)(**{**asdict(d), "entity": renamed[d.entity]}) for d in marks.decisions),
            "entities": tuple(type(e)(**{**asdict(e), "id": renamed[e.id]}) for e in marks.entities),
            "questions": (type(marks.questions[0])("same?", ("E7", "E2"), "the same first name"),),
        }
    )
    done = [
        act("name", "E2@1:10-18", text="[Company 9]"),
        act("name", "E9@1:900-905", text="[nobody]"),
        act("answer", "same?:E1@1:0-4+E3@3:10-14", text="other"),
    ]

    after = apply(anew, done)

    assert after.entity("E1").pseudonym == "[Company 9]"  # type: ignore[union-attr]
    assert after.questions == ()
    assert Overlay(anew).replay(done).misfits == 1


def test_events_that_do_not_fit_change_nothing(marks: Marks) -> None:
    """Unknown mentions, entities, turns and broken targets are left out, not guessed."""
    wrong = [
        act("decide", "9:0-4", action="keep"), act("decide", "E9", action="keep"), act("decide", "1:0-4"),
        act("extent", "1:0-4"), act("extent", "9:1-2", "9:1-3"), act("add", "77:0-4", entity_type="PERSON"),
        act("link", "1:0-4", entity="E9"), act("merge", "E1", entity="E9"), act("name", "E9", text="[x]"),
        act("tag", "t99", question="a"), act("tag", "x", question="a"), act("read", "tx"), act("split", "9:0-1"),
    ]  # fmt: skip

    assert marks == apply(marks, wrong)


IDS = ("1:0-4", "1:10-18", "3:0-4", "3:10-14", "5:0-4", "E1", "E2", "E3", "R1", "9:9-10", "E1@1:0-4")


def one_of(*values: str) -> st.SearchStrategy[str]:
    """One of some values."""
    return st.sampled_from(values)


MENTIONS, ENTITIES = one_of(*IDS[:5]), one_of(*IDS[5:9])
EVENTS = st.one_of(
    st.builds(act, st.just("decide"), one_of(*IDS), one_of(*IDS), action=one_of("keep", "remove")),
    st.builds(
        act,
        st.just("add"),
        one_of("1:2-12", "2:0-3", "3:0-20"),
        entity_type=st.just("PERSON"),
        entity=one_of("", "R1", "E1"),
    ),
    st.builds(act, st.just("extent"), MENTIONS, one_of("1:0-9", "3:10-16", "5:1-4")),
    st.builds(act, st.just("retype"), one_of(*IDS), entity_type=one_of("PERSON", "ROLE")),
    st.builds(act, one_of("link", "split"), MENTIONS, entity=one_of("E1", "E2", "R1")),
    st.builds(act, st.just("merge"), ENTITIES, entity=one_of("E1", "E3")),
    st.builds(act, st.just("name"), ENTITIES, text=st.just("[x]")),
    st.builds(act, st.just("tag"), one_of("t0", "t5"), question=st.sampled_from([None, "a.1"])),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, max_size=8), st.lists(EVENTS, max_size=4))
def test_undo_restores_the_exact_state(marks: Marks, before: list[Event], undone: list[Event]) -> None:
    """Whatever was done, taking it back gives the same marks, and redo gives them again."""
    undo = [Event("undo", (e.group,), reviewer="A") for e in undone]
    redo = [Event("redo", (e.group,), reviewer="A") for e in undone]

    assert apply(marks, before) == apply(marks, [*before, *undone, *undo])
    assert apply(marks, [*before, *undone]) == apply(marks, [*before, *undone, *undo, *redo])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, max_size=10), st.lists(EVENTS, max_size=10))
def test_decisions_stay_apart_and_have_entities(marks: Marks, first: list[Event], second: list[Event]) -> None:
    """After any events of two reviewers: sorted, not overlapping, every entity present, none without mentions."""
    from dataclasses import replace

    after = apply(marks, [*first, *(replace(e, reviewer="B") for e in second)])

    spans = [(d.turn, d.start, d.end) for d in after.decisions]
    assert sorted(spans) == spans
    assert all(a[0] < b[0] or a[2] <= b[1] for a, b in itertools.pairwise(spans))
    assert {d.entity for d in after.decisions} == {e.id for e in after.entities}
    assert len(after.entities) == len({e.id for e in after.entities})


@pytest.mark.parametrize("action", ["keep", "remove"])
def test_apply_is_what_the_events_say_in_any_grouping(
    marks: Marks, make_decision: Callable[..., Decision], action: str
) -> None:
    """One event for two mentions is two events for one each."""
    together = apply(marks, [act("decide", "1:0-4", "3:0-4", action=action)])
    apart = apply(marks, [act("decide", "1:0-4", action=action), act("decide", "3:0-4", action=action)])

    assert together == apart
