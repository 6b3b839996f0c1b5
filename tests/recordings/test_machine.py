"""The recordings' state machine: no short cut, no deletion before its time, nothing recorded that did not happen."""

from __future__ import annotations

import datetime
import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizer.errors import DamagedError, RecordingError
from anonymizer.recordings import machine
from anonymizer.recordings.model import STATES, TICK_LIST, Deletion, RecordingRecord, from_document, to_document

T0 = datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC)
ANSWERS = tuple((place, "none") for place, _ in TICK_LIST)
PLAN = Deletion("2026-03-02T09:00:00Z", "alice", False, "unlinked", 0, ANSWERS)  # type: ignore[arg-type]


def _record(*codes: str) -> RecordingRecord:
    return machine.register([], digest="d" * 64, size=7, path="/x/a.wav", transcripts=codes or ("P07-1",), time=T0)


def _facts(n: int, codes: tuple[str, ...] = ("P07-1",)) -> machine.Facts:
    return machine.Facts(
        received=codes if n > 0 else (), approved=codes if n > 1 else (), released=codes if n > 2 else ()
    )


def test_walks_every_state_in_order() -> None:
    """A recording whose transcript is released passes all states, each with its time, also when they come at once."""
    record = machine.advance(_record(), _facts(3), days=0, time=T0)
    assert list(STATES[:-1]) == [s.state for s in record.steps]
    record = machine.finish_deletion(machine.begin_deletion(record, PLAN))
    assert list(STATES) == [s.state for s in record.steps]
    assert "" == record.path


@pytest.mark.parametrize("n", range(4))
def test_facts_decide_how_far(n: int) -> None:
    """The state follows from what is received, approved and released."""
    record = machine.advance(_record(), _facts(n), days=None, time=T0)
    assert STATES[n] == record.state


def test_every_transcript_of_a_recording_counts() -> None:
    """A recording of two interviews is not reviewed while one of them is not."""
    facts = machine.Facts(received=("P01-1", "P02-1"), approved=("P01-1",), released=("P01-1",))
    assert "transcript-received" == machine.advance(_record("P01-1", "P02-1"), facts, days=0, time=T0).state


def test_release_without_approval_does_not_count_as_reviewed() -> None:
    """A transcript released unreviewed (review = "optional") leaves its recording before ``reviewed``."""
    facts = machine.Facts(received=("P07-1",), approved=(), released=("P07-1",))
    assert "transcript-received" == machine.advance(_record(), facts, days=0, time=T0).state


def test_clock_runs_from_anonymized() -> None:
    """Due exactly the policy's days after ``anonymized``, not after the last look."""
    record = machine.advance(_record(), _facts(3), days=30, time=T0)
    assert "anonymized" == record.state
    just_before = T0 + datetime.timedelta(days=30) - datetime.timedelta(seconds=1)
    record = machine.advance(record, _facts(3), days=30, time=just_before)
    assert "anonymized" == record.state
    record = machine.advance(record, _facts(3), days=30, time=T0 + datetime.timedelta(days=30))
    assert "deletion-due" == record.state


def test_voided_approval_takes_the_recording_back() -> None:
    """A due recording whose transcript's approval was voided is not due any more, and the clock starts anew."""
    record = machine.advance(_record(), _facts(3), days=0, time=T0)
    record = machine.advance(record, _facts(1), days=0, time=T0 + datetime.timedelta(days=1))
    assert "transcript-received" == record.state
    with pytest.raises(RecordingError, match="not due"):
        machine.begin_deletion(record, PLAN)
    later = T0 + datetime.timedelta(days=9)
    record = machine.advance(record, _facts(3), days=5, time=later)
    assert machine.stamp(later) == record.since("anonymized")
    assert "anonymized" == record.state


@pytest.mark.parametrize("n", range(4))
def test_nothing_is_deleted_before_it_is_due(n: int) -> None:
    """Each earlier state refuses deletion."""
    record = machine.advance(_record(), _facts(n), days=None, time=T0)
    with pytest.raises(RecordingError, match="not due"):
        machine.begin_deletion(record, PLAN)


def test_withdrawn_recordings_go_from_any_state() -> None:
    """``--withdrawn`` is the one exception, and the record says so."""
    record = machine.finish_deletion(machine.begin_deletion(_record(), replace(PLAN, withdrawn=True)))
    assert record.deletion is not None
    assert record.deletion.withdrawn


@pytest.mark.parametrize("withdrawn", [False, True])
def test_hold_stops_deletion(withdrawn: bool) -> None:
    """A hold stops even the deletion after a withdrawal; lifting it lets it go on."""
    due = machine.advance(_record(), _facts(3), days=0, time=T0)
    held = machine.hold(due, reason="complaint pending", by="alice", time=T0)
    with pytest.raises(RecordingError, match="on hold"):
        machine.begin_deletion(held, replace(PLAN, withdrawn=withdrawn))
    assert machine.begin_deletion(machine.release(held), PLAN).deleting == PLAN


def test_a_hold_needs_a_reason_and_something_to_hold() -> None:
    """Empty reasons, lifting nothing and holding what is deleted are refused."""
    with pytest.raises(RecordingError):
        machine.hold(_record(), reason="  ", by="alice", time=T0)
    with pytest.raises(RecordingError):
        machine.release(_record())
    gone = machine.finish_deletion(machine.begin_deletion(_record(), replace(PLAN, withdrawn=True)))
    with pytest.raises(RecordingError):
        machine.hold(gone, reason="too late", by="alice", time=T0)


def test_deletion_is_recorded_once() -> None:
    """Not finished without being begun, not begun twice."""
    with pytest.raises(RecordingError, match="not begun"):
        machine.finish_deletion(_record())
    gone = machine.finish_deletion(machine.begin_deletion(_record(), replace(PLAN, withdrawn=True)))
    with pytest.raises(RecordingError, match="deleted already"):
        machine.begin_deletion(gone, PLAN)
    assert gone == machine.advance(gone, _facts(0), days=0, time=T0)


def test_a_begun_deletion_does_not_move() -> None:
    """Facts that change while a deletion is under way do not hide that it is."""
    begun = machine.begin_deletion(machine.advance(_record(), _facts(3), days=0, time=T0), PLAN)
    assert begun == machine.advance(begun, _facts(0), days=0, time=T0)


@pytest.mark.parametrize(
    "answers",
    [
        ANSWERS[1:],
        (*ANSWERS, ANSWERS[0]),
        (("moon", "none"), *ANSWERS),
        (("recorder", "perhaps"), *ANSWERS[1:]),
    ],
)
def test_tick_list_must_be_complete(answers: tuple[tuple[str, str], ...]) -> None:
    """A place left out, twice, unknown, or with another answer is refused."""
    with pytest.raises(RecordingError):
        machine.check_answers(answers)


def test_tick_list_accepts_honest_answers() -> None:
    """``remains`` and ``unknown`` are answers too: the log says what is, not what should be."""
    given_ = tuple((place, "remains") for place, _ in reversed(TICK_LIST))
    assert tuple((p, "remains") for p, _ in TICK_LIST) == machine.check_answers(given_)


@pytest.mark.parametrize("codes", [(), ("",), ("P07",), ("Mary-1",), ("P07-1", "p8-1"), ("../P07-1",)])
def test_register_refuses_what_is_no_code(codes: tuple[str, ...]) -> None:
    """A name or a path in place of a transcript's code would end in the log."""
    with pytest.raises(RecordingError) as error:
        machine.register([], digest="d", size=1, path="/x", transcripts=codes, time=T0)
    assert "Mary" not in str(error.value)


def test_register_refuses_the_same_content_and_empty_files() -> None:
    """A second copy is a copy, not a second recording."""
    with pytest.raises(RecordingError, match="same content"):
        machine.register([_record()], digest="d" * 64, size=7, path="/y", transcripts=("P08-1",), time=T0)
    with pytest.raises(RecordingError, match="empty"):
        machine.register([], digest="e", size=0, path="/y", transcripts=("P08-1",), time=T0)


def test_repr_shows_no_path_digest_or_reason() -> None:
    """What ends in a traceback or log holds no file name."""
    record = machine.hold(
        replace(_record(), path="/rec/Zanele Canary.wav"), reason="asked by Zanele Canary", by="a", time=T0
    )
    assert "Canary" not in repr(record)
    assert "d" * 64 not in repr(record)


times = st.datetimes(datetime.datetime(2020, 1, 1), datetime.datetime(2040, 1, 1)).map(
    lambda t: t.replace(microsecond=0, tzinfo=datetime.UTC)
)
moves = st.lists(
    st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 40)), st.integers(0, 60)), max_size=12
)


@settings(deadline=None)
@given(moves)
def test_any_walk_is_without_short_cuts(steps: list[tuple[int, int | None, int]]) -> None:
    """Whatever happens to the transcripts, forward steps go one by one, and documents read back the same."""
    record, time = _record(), T0
    for n, days, later in steps:
        time += datetime.timedelta(days=later)
        record = machine.advance(record, _facts(n), days=days, time=time)
        indices = [STATES.index(s.state) for s in record.steps]
        assert all(b - a == 1 or b < a for a, b in itertools.pairwise(indices))
        assert indices[-1] <= n + 1
        assert record == from_document(to_document(record))


@settings(deadline=None)
@given(times)
def test_stamps_read_back(time: datetime.datetime) -> None:
    """Times survive the document."""
    assert time == machine.parse_stamp(machine.stamp(time))


def test_documents_of_deleted_recordings_read_back() -> None:
    """A deleted recording keeps its method and answers."""
    held = machine.hold(_record(), reason="x", by="a", time=T0)
    assert held == from_document(to_document(held))
    begun = machine.begin_deletion(_record(), replace(PLAN, withdrawn=True))
    assert begun == from_document(to_document(begun))
    gone = machine.finish_deletion(begun)
    assert gone == from_document(to_document(gone))


@pytest.mark.parametrize(
    "change",
    [
        {"steps": []},
        {"steps": [{"state": "gone", "time": "x"}]},
        {"steps": [{"state": "deleted", "time": "x"}]},
        {"more": 1},
        {"holds": [{"x": 1}]},
        {"deleting": {"time": "x"}},
        {"transcripts": None},
    ],
)
def test_damaged_documents_are_refused(change: dict[str, object]) -> None:
    """A record that says deleted without saying how is not believed."""
    with pytest.raises(DamagedError):
        from_document({**to_document(_record()), **change})
