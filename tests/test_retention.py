"""Retention clocks: from events, stopped by holds, refused when they contradict themselves."""

from __future__ import annotations

import contextlib
import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizer import retention
from anonymizer.errors import RulesError
from anonymizer.retention import Due, Item, RetentionPolicy

DAY = datetime.date(2026, 3, 1)
GOOD = """version: 1
title: Ours
source: here
clocks:
  recording: {from: anonymized, days: 10, then: delete}
  received: {from: study-ended, years: 1, then: delete}
  decisions: {then: keep}
  originals: {from: study-ended, days: 0, then: destroy}
  key: {from: study-ended, days: 0, then: destroy}
  anonymized: {then: keep}
  log: {from: study-ended, years: 3, then: review}
"""


def _parse(text: str) -> RetentionPolicy:
    return retention.parse_retention(text.encode(), "ours", "ours.yaml")


def _one(item: Item, today: datetime.date) -> Due:
    return retention.standing(_parse(GOOD), [item], today)[0]


@pytest.mark.parametrize("name", ["default", "ukds", "fsd", "hipaa"])
def test_shipped_policies_load(name: str) -> None:
    """Every preset is complete and says where its periods come from."""
    policy = retention.load_retention(name)
    assert list(retention.ARTEFACTS) == [c.artefact for c in policy.clocks]
    assert policy.source


def test_a_clock_starts_at_its_event() -> None:
    """Nothing runs before the event; then it counts down to the day and past it."""
    assert "waiting" == _one(Item("recording", "r-1", {}), DAY).state
    item = Item("recording", "r-1", {"anonymized": DAY})
    assert ("running", 1) == (
        _one(item, DAY + datetime.timedelta(days=9)).state,
        _one(item, DAY + datetime.timedelta(days=9)).days_left,
    )
    due = _one(item, DAY + datetime.timedelta(days=10))
    assert Due("recording", "r-1", "due", "delete", datetime.date(2026, 3, 11), 0) == due
    assert retention.is_due([due])


def test_holds_kept_and_gone_things_are_never_due() -> None:
    """A hold stops the clock; what is kept has none; what is gone is done."""
    late = DAY + datetime.timedelta(days=999)
    events = {"anonymized": DAY, "study-ended": DAY}
    held = _one(Item("recording", "r-1", events, held=True), late)  # type: ignore[arg-type]
    kept = _one(Item("anonymized", "P07-1", events), late)  # type: ignore[arg-type]
    gone = _one(Item("recording", "r-2", events, gone=True), late)  # type: ignore[arg-type]
    assert ["held", "keep", "gone"] == [d.state for d in (held, kept, gone)]
    assert not retention.is_due([held, kept, gone])


def test_years_are_365_days() -> None:
    """A year in a policy is 365 days; the day is printed, so nobody has to guess."""
    assert datetime.date(2027, 3, 1) == _one(Item("received", "P07-1", {"study-ended": DAY}), DAY).on


def test_study_file_replaces_the_shipped_one(tmp_path: Path) -> None:
    """STUDY/rules/retention/default.yaml is used in place of the preset of that name."""
    (tmp_path / "retention").mkdir()
    (tmp_path / "retention" / "default.yaml").write_text(GOOD)
    assert "Ours" == retention.load_retention("default", tmp_path).title


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("version: 1", "version: 2", 1),
        ("title: Ours", "titel: Ours", 2),
        ("title: Ours", "title: [1]", None),
        ("  recording: ", "  recordings: ", 5),
        ("from: anonymized", "from: anonymised", 5),
        ("days: 10", "days: ten", 5),
        ("days: 10", "days: yes", 5),
        ("days: 10", "days: -1", 5),
        ("days: 10", "days: 1, years: 1", 5),
        ("days: 10", "hours: 10", 5),
        ("then: delete}\n  received", "then: burn}\n  received", 5),
        ("decisions: {then: keep}", "decisions: {then: keep, days: 1}", 7),
        ("decisions: {then: keep}", "decisions: keep", 7),
        ("  anonymized: {then: keep}\n", "", 4),
        (
            "originals: {from: study-ended, days: 0, then: destroy}",
            "originals: {from: study-ended, days: 0, then: keep-sealed}",
            8,
        ),
        ("source: here", "source: 'here", 11),
        ("clocks:", "clocks: 7\nx:", 4),
    ],
)
def test_errors_name_the_line(old: str, new: str, line: int | None) -> None:
    """A wrong policy is refused with file and line."""
    assert old in GOOD
    with pytest.raises(RulesError) as error:
        _parse(GOOD.replace(old, new, 1))
    if old != "source: here" and old != "clocks:":
        assert line == error.value.line
    assert "ours.yaml" == error.value.file


@pytest.mark.parametrize("name", ["", "../default", "a/b", "nosuch"])
def test_names_are_names(name: str) -> None:
    """A policy's name cannot lead out of the rules folder."""
    with pytest.raises(RulesError):
        retention.load_retention(name)


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    """No exception but our own leaves the parser."""
    with contextlib.suppress(RulesError):
        retention.parse_retention(data, "x")
