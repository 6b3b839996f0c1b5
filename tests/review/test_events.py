"""The file of events: what is written, what survives a crash, what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizer.errors import OutputError, ReviewError
from anonymizer.review import events
from anonymizer.review.events import Event

T = "t0123456789ab"


def test_append_and_load_give_back_the_same(tmp_path: Path) -> None:
    """What was confirmed is read again, numbered from 1."""
    written = events.append(tmp_path, T, "A", [Event("decide", ("1:0-4",), action="keep"), Event("read", ("t0-5",))])

    assert [event.seq for event in written] == [1, 2]
    assert written == events.load(tmp_path, T)
    assert (tmp_path / T / "A.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_repeated_request_is_not_counted_twice(tmp_path: Path) -> None:
    """The same event id a second time changes nothing."""
    event = Event("decide", ("1:0-4",), action="keep")
    events.append(tmp_path, T, "A", [event])

    again = events.append(tmp_path, T, "A", [event, event])

    assert again == ()
    assert len(events.load(tmp_path, T)) == 1


def test_every_cut_of_the_last_line_loses_only_that_line(tmp_path: Path) -> None:
    """A crash in the middle of a write leaves the earlier events readable, and the next append goes on after them."""
    events.append(tmp_path, T, "A", [Event("read", ("t0-5",)), Event("decide", ("1:0-4",), action="keep")])
    file = tmp_path / T / "A.jsonl"
    whole = file.read_bytes()
    first = whole.index(b"\n") + 1

    for cut in range(first, len(whole)):
        file.write_bytes(whole[:cut])
        assert [event.op for event in events.load(tmp_path, T)] == ["read"]
    events.append(tmp_path, T, "A", [Event("submit")])

    assert [event.op for event in events.load(tmp_path, T)] == ["read", "submit"]


def test_damage_in_the_middle_is_an_error_with_its_line(tmp_path: Path) -> None:
    """A changed line is never skipped: a decision would be lost in silence."""
    events.append(tmp_path, T, "A", [Event("read", ("t0-5",)), Event("submit")])
    file = tmp_path / T / "A.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"read"', b'"reed"'))

    with pytest.raises(ReviewError) as caught:
        events.load(tmp_path, T)

    assert (caught.value.file, caught.value.line) == ("A.jsonl", 1)


def test_lines_cannot_be_reordered_or_moved_to_another_reviewer(tmp_path: Path) -> None:
    """Sequence numbers and the reviewer's name tie a line to its place."""
    events.append(tmp_path, T, "A", [Event("read", ("t0-5",)), Event("submit")])
    file = tmp_path / T / "A.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)

    file.write_bytes(b"".join(reversed(lines)))
    with pytest.raises(ReviewError):
        events.load(tmp_path, T)
    file.write_bytes(b"".join(lines))
    file.rename(file.with_name("B.jsonl"))
    with pytest.raises(ReviewError):
        events.load(tmp_path, T)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", "x" * 33, ".", "-a", "a\n"])
def test_a_reviewers_name_cannot_lead_elsewhere(tmp_path: Path, name: str) -> None:
    """The name becomes a file name."""
    with pytest.raises(ReviewError):
        events.append(tmp_path, T, name, [Event("submit")])

    assert list(tmp_path.rglob("*")) == []


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    """Somebody who can write into the folder cannot make us append to another file."""
    target = tmp_path / "elsewhere"
    target.write_bytes(b"")
    (tmp_path / T).mkdir()
    (tmp_path / T / "A.jsonl").symlink_to(target)

    with pytest.raises(OutputError):
        events.append(tmp_path, T, "A", [Event("submit")])

    assert target.read_bytes() == b""


def test_a_failed_write_confirms_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is an error, and memory does not run ahead of the file."""
    log = events.Log(tmp_path, T, "A")
    log.append([Event("read", ("t0-5",))])

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="no space left"):
        log.append([Event("submit")])

    assert [event.op for event in log.events] == ["read"]


def test_undo_and_redo_count_the_last_word() -> None:
    """Undo takes a batch away as a whole, redo brings it back."""
    first = Event("decide", ("1:0-4",), action="keep", batch="b1")
    second = Event("name", ("E1",), text="[sister]", batch="b1")
    third = Event("read", ("t0-5",))
    undo = Event("undo", ("b1",))

    assert (third,) == events.in_force((first, second, third, undo))
    assert (first, second, third) == events.in_force((first, second, third, undo, Event("redo", ("b1",))))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda c: (
            st.lists(c) | st.dictionaries(st.sampled_from(["v", "op", "id", "at", "targets", "seq", "text", "x"]), c)
        ),
    )
)
def test_parse_takes_an_event_or_refuses(document: object) -> None:
    """Whatever JSON comes in, nothing but a ReviewError leaves."""
    try:
        event = events.parse(document)
    except ReviewError:
        return
    assert event == events.parse(json.loads(json.dumps(event.document())))


def test_events_show_no_free_text_in_their_repr() -> None:
    """Notes could end in a log by accident."""
    assert "secret" not in repr(Event("note", ("t1",), text="secret"))
