"""A transcript on the desk: what an act means, two tabs, undo, whose decisions are seen."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from anonymizer.errors import ReviewError
from anonymizer.review import approvals, events
from anonymizer.review.desk import ConflictError, Desk
from anonymizer.review.events import Event
from anonymizer.review.session import Session
from anonymizer.review.web.acts import build
from anonymizer.study import Study


def do(session: Session, desk: Desk, batch: str = "", **act: Any) -> list[str]:
    """One act as the page sends it; ids of changed mentions."""
    batch = batch or secrets.token_hex(16)
    return [m.id for m in desk.post(build(session, desk, act, batch), desk.rev).mentions]


def first(desk: Desk, form: str) -> str:
    """The first mention with these words."""
    return next(m.id for m in desk.view.ordered() if desk.form(m.id) == form)


@pytest.fixture
def desk(session: Session) -> Desk:
    """The first talk."""
    return session.desk(session.ids[0])


def test_one_press_decides_the_entity(session: Session, desk: Desk) -> None:
    """Every mention, one event for each action, one step for undo; the one looked at counts as seen."""
    here = first(desk, "Quarrystone Labs")
    changed = do(session, desk, op="decide", targets=[here], action="")

    assert {desk.form(id) for id in changed} == {"Quarrystone Labs", "Quarrystone"}
    assert [m.how for m in desk.view.of_entity("E2")] == ["carried"] * 3
    assert here not in {m.id for m in desk.view.unseen()}
    assert len(desk.steps()[0]) == 1


def test_lower_case_hits_of_a_name_are_asked_one_by_one(session: Session, desk: Desk) -> None:
    """ "Lovisa will mark every label. Mark checks them": neither decides the other."""
    do(session, desk, op="decide", targets=[first(desk, "Mark")], action="pseudonymize")
    assert desk.view.mentions[first(desk, "mark")].undecided

    do(session, desk, op="decide", targets=[first(desk, "mark")], action="keep")
    assert desk.view.mentions[first(desk, "Mark")].decision.action == "pseudonymize"


def test_only_here_is_an_exception_that_stays(session: Session, desk: Desk) -> None:
    """Deciding the entity afterwards does not touch it."""
    here = first(desk, "Quarrystone")
    do(session, desk, op="decide", targets=[here], action="keep", scope="only")
    do(session, desk, op="decide", targets=[first(desk, "Quarrystone Labs")], action="remove")

    assert desk.view.mentions[here].decision.action == "keep"
    assert desk.view.mentions[here].how == "own"


def test_the_same_request_twice_counts_once(session: Session, desk: Desk) -> None:
    """A lost answer is asked for again."""
    batch = secrets.token_hex(16)
    act = {"op": "decide", "targets": [first(desk, "Tomasz")], "action": "remove"}
    do(session, desk, batch, **act)
    rev = desk.rev
    do(session, desk, batch, **act)

    assert desk.rev == rev


def test_two_tabs_on_one_mention(session: Session, desk: Desk) -> None:
    """The older tab is told and nothing is overwritten; about another mention it may decide."""
    old = desk.rev
    here, there = first(desk, "Tomasz"), first(desk, "Aarhus")
    do(session, desk, op="decide", targets=[here], action="remove")
    late = build(session, desk, {"op": "decide", "targets": [here], "action": "keep"}, secrets.token_hex(16))
    with pytest.raises(ConflictError) as caught:
        desk.post(late, old)
    assert here in caught.value.targets
    assert desk.view.mentions[here].decision.action == "remove"

    change = desk.post(build(session, desk, {"op": "decide", "targets": [there], "action": "keep"}, "a" * 32), old)

    assert {here, there} <= {m.id for m in change.mentions}


def test_undo_goes_step_by_step_over_a_restart(session: Session, desk: Desk, study: Study) -> None:
    """Everything comes back exactly, also in a new process."""
    start = desk.view.marks()
    steps = [start]
    for form, action in (("Tomasz", "remove"), ("Quarrystone", "keep"), ("Lovisa", "")):
        do(session, desk, op="decide", targets=[first(desk, form)], action=action)
        steps.append(desk.view.marks())
    do(session, desk, op="add", targets=["7:50-59"], entity_type="LOCATION")

    again = Session(study, "A").desk(desk.transcript)
    for expected in reversed(steps):
        assert again.turn_back() is not None
        assert again.view.marks() == expected
    assert again.turn_back() is None
    assert again.turn_back(redo=True) is not None
    assert again.view.marks() == steps[1]


def test_added_words_are_found_everywhere_and_linked(session: Session, desk: Desk) -> None:
    """The same words elsewhere come along unseen; words of a known entity join it."""
    turn, at = 1, desk.content.turns[1].text.index("office")
    do(session, desk, op="add", targets=[f"{turn}:{at}-{at + 6}"], entity_type="ROLE")
    mark_at = desk.content.turns[5].text.index("team")
    do(session, desk, op="add", targets=[f"5:{mark_at}-{mark_at + 4}"], entity_type="CONTACT")

    assert desk.view.mentions[f"{turn}:{at}-{at + 6}"].decision.action == "generalize"
    assert desk.view.mentions[f"5:{mark_at}-{mark_at + 4}"].decision.entity_type == "ID"


@pytest.mark.parametrize(
    "act",
    [
        {"op": "decide", "targets": ["99:0-4"], "action": "keep"},
        {"op": "decide", "targets": [], "action": "keep"},
        {"op": "add", "targets": ["0:0-9999"], "entity_type": "PERSON"},
        {"op": "add", "targets": ["0:6-7"], "entity_type": "PERSON"},
        {"op": "add", "targets": ["x"], "entity_type": "PERSON"},
        {"op": "tag", "targets": ["t99"], "question": None},
        {"op": "merge", "targets": ["E1"], "entity": "E99"},
        {"op": "split", "targets": ["99:0-1"]},
        {"op": "answer", "targets": ["same?:E1+E2"], "text": "same"},
        {"op": "undo", "targets": ["x"]},
        {"op": "name", "targets": ["E1"], "text": "  "},
        {"op": "name", "targets": ["E1"], "text": "a]b"},
        {"op": "decide", "targets": ["0:0-6"], "action": "burn"},
        {"op": "decide", "targets": ["0:0-6"], "reviewer": "B", "seq": 7, "x": 1},
        {"op": "note", "targets": ["t1"], "text": ""},
        "not an act",
    ],
)
def test_acts_that_do_not_fit_write_nothing(session: Session, desk: Desk, act: Any) -> None:
    """A refusal, never a half-taken act."""
    with pytest.raises(ReviewError):
        desk.post(build(session, desk, act, "b" * 32), desk.rev)

    assert events.load(session.study.review, desk.transcript) == ()


@pytest.mark.parametrize("op", ["note", "name", "fine"])
@pytest.mark.parametrize("text", ["she is Lovisa", "lovisa's team", "at QUARRYSTONE labs", "(Tomasz)"])
def test_notes_and_labels_hold_no_originals(session: Session, desk: Desk, op: str, text: str) -> None:
    """They end in files and logs that promise to hold none."""
    targets = {"note": "t1", "name": "E1", "fine": "1:0-3"}[op]
    with pytest.raises(ReviewError, match="to be hidden"):
        build(session, desk, {"op": op, "targets": [targets], "text": text}, "b" * 32)


def test_review_files_hold_no_words_of_the_transcript(session: Session, desk: Desk) -> None:
    """After every kind of act, no planted name in anything below review/."""
    here = first(desk, "Tomasz")
    do(session, desk, op="decide", targets=[here], action="")
    do(session, desk, op="name", targets=[here], text="participant")
    do(session, desk, op="note", targets=[here], text="speaks of himself")
    do(session, desk, op="add", targets=["7:50-59"], entity_type="LOCATION")
    do(session, desk, op="merge", targets=[first(desk, "Lovisa")], entity=first(desk, "Mark"))

    for path in session.study.review.rglob("*"):
        if path.is_file():
            data = path.read_bytes().lower()
            assert not [n for n in (b"tomasz", b"quarrystone", b"lovisa", b"kilvanger", b"aarhus") if n in data], (
                path.name
            )


def test_the_second_reviewer_sees_nothing_of_the_first(session: Session, desk: Desk, study: Study) -> None:
    """Before both submitted: the same view as without a first reviewer. Afterwards: both, with the differences."""
    blank = Session(study, "B").desk(desk.transcript).view.marks()
    here = first(desk, "Tomasz")
    do(session, desk, op="decide", targets=[here], action="keep")
    do(session, desk, op="submit", targets=[])

    second = Session(study, "B")
    other = second.desk(desk.transcript)
    assert other.view.marks() == blank
    do(second, other, op="decide", targets=[here], action="remove")
    assert not other.joint
    do(second, other, op="submit", targets=[])

    assert other.joint
    assert other.view.mentions[here].how == "conflict"
    second.settle(desk.transcript, events.mention(here), "A", "c" * 32)
    assert other.view.mentions[here].decision.action == "keep"
    desk.refresh()
    assert desk.view.mentions[here].decision.by == "B"


def test_decide_everywhere_leaves_exceptions_and_approved_alone(session: Session, study: Study) -> None:
    """One step over the study; undone as one step."""
    one, two = (session.desk(id) for id in session.ids)
    entity = next(e for e in session.entities() if "Quarrystone" in e.forms)
    assert {t for t, _ in entity.parts} == {one.transcript, two.transcript}
    do(session, one, op="decide", targets=[first(one, "Quarrystone")], action="keep", scope="only")
    before = {d.transcript: d.view.marks() for d in (one, two)}

    session.decide_everywhere(entity.number, "remove", "d" * 32)
    actions = [m.decision.action for desk in (one, two) for m in desk.view.of_entity("E2")]
    assert sorted(actions) == ["keep", *["remove"] * 5]
    session.undo_everywhere("d" * 32)
    assert {d.transcript: d.view.marks() for d in (one, two)} == before


def test_approved_transcripts_are_not_decided_from_elsewhere(session: Session) -> None:
    """A signature stands for what it was put under."""
    one, two = (session.desk(id) for id in session.ids)
    for m in list(one.view.undecided()):
        do(session, one, op="decide", targets=[m.id], action="remove", scope="only")
    do(session, one, op="answer", targets=[one.questions()[0].key], text="other")
    do(session, one, op="read", targets=["t0-7"])
    session.approve(one.transcript)
    number = next(e for e in session.entities() if "Quarrystone" in e.forms).number
    signed = one.view.marks()

    changes = session.decide_everywhere(number, "generalize", "e" * 32)

    assert set(changes) == {two.transcript}
    assert session.desk(one.transcript).view.marks().decisions == signed.decisions
    assert [s.valid for s in approvals.approvals(session.study, one.transcript)] == [True]


def test_an_event_of_another_text_is_refused(session: Session, desk: Desk, study: Study) -> None:
    """Marks over a text that changed would point at other words."""
    path = next(study.received.glob("talk0*"))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"Tomasz", b"Andrei"))
    fresh = Session(study, "A")

    assert not fresh.sound(desk.transcript)
    assert "not in private/received" in fresh.problems[desk.transcript]
    assert Event("submit").op == "submit"


# -- open questions ---------------------------------------------------------------------------------------------------


def ask(session: Session, desk: Desk, kind: Any, *entities: str) -> list[tuple[str, str]]:
    """Put a question into the marks; its options."""
    from dataclasses import replace

    from anonymizer.entities.entity import OpenQuestion
    from anonymizer.review import marks

    marks.save(session.study.review, replace(desk.machine, questions=(OpenQuestion(kind, entities, "alike"),)))
    return list(session.desk(desk.transcript).questions()[0].options)


def test_a_question_with_several_candidates_offers_each(session: Session, desk: Desk) -> None:
    """An alias with two bearers is one of them or neither; a run's new marks are taken up at once."""
    options = ask(session, desk, "who?", "E8", "E1", "E5")
    desk = session.desk(desk.transcript)

    assert [words for _, words in options] == ["It is [Person E1]", "It is [Person E5]", "No, different"]
    do(session, desk, op="answer", targets=[desk.questions()[0].key], text=options[1][0])
    assert {m.decision.entity for m in desk.view.ordered() if desk.form(m.id) in ("Mark", "Lovisa")} == {"E5"}
    assert desk.view.open_questions() == []


def test_a_pseudonym_from_another_transcript_can_be_the_answer(session: Session, desk: Desk) -> None:
    """The key store asks whether somebody is a person who has a pseudonym already."""
    options = ask(session, desk, "same?", "E5", "[Person 3]")
    desk = session.desk(desk.transcript)

    assert options == [("[Person 3]", "It is [Person 3]"), ("other", "No, different")]
    do(session, desk, op="answer", targets=[desk.questions()[0].key], text="[Person 3]")
    assert desk.view.entities["E5"].pseudonym == "[Person 3]"
    with pytest.raises(ReviewError):
        do(
            session,
            desk,
            op="answer",
            targets=[desk.view.question_reference(desk.machine.questions[0])],
            text="[Person 9]",
        )


def test_a_question_without_candidates_is_only_seen(session: Session, desk: Desk) -> None:
    """It cannot be answered otherwise, and it does not block for ever."""
    assert ask(session, desk, "who?", "E5") == [("other", "Seen")]


def test_received_files_that_nobody_prepared_are_listed(session: Session, receive: Any, study: Study) -> None:
    """The overview is of the study, not of what was prepared."""
    from anonymizer.review.overview import rows

    receive(study, "later", [{"speaker": "A", "text": "Hello."}])

    assert [row.state for row in rows(session)] == ["detected", "detected", "received"]
