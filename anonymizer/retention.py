"""Retention clocks: for each kind of artefact, from which event, how long, and what happens then.

Rules lie in ``rules/retention/NAME.yaml`` and ``STUDY/rules/retention/NAME.yaml``; study.toml names one::

    version: 1
    title: One line.
    source: Where the periods come from.
    clocks:
      recording: {from: anonymized, days: 0, then: delete}
      log: {from: study-ended, years: 3, then: review}

A clock starts at an event, not at a date: what has not happened cannot run out.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from anonymizer.errors import RulesError
from anonymizer.resources import rule_files

Artefact = Literal["recording", "received", "decisions", "originals", "key", "anonymized", "log"]
Event = Literal[
    "recording-received", "transcript-received", "reviewed", "anonymized", "study-ended", "deposited", "key-destroyed"
]
Then = Literal["delete", "destroy", "keep-sealed", "review", "keep"]

ARTEFACTS: tuple[Artefact, ...] = get_args(Artefact)
EVENTS: tuple[Event, ...] = get_args(Event)
_THEN: tuple[Then, ...] = get_args(Then)
# what may be done with what: a recording cannot be sealed here, a log is never destroyed by the program
_FITTING: dict[Artefact, tuple[Then, ...]] = {
    "recording": ("delete", "keep"),
    "received": ("delete", "keep"),
    "decisions": ("delete", "keep"),
    "originals": ("destroy", "keep-sealed"),
    "key": ("destroy", "keep"),
    "anonymized": ("review", "keep"),
    "log": ("review", "keep"),
}

WORDS: dict[Artefact, str] = {
    "recording": "recordings",
    "received": "transcripts as received",
    "decisions": "decisions with offsets",
    "originals": "sealed originals",
    "key": "key store",
    "anonymized": "released transcripts",
    "log": "log and certificates",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """How long one kind of artefact stays.

    Attributes:
        artefact: What.
        start: Event that starts it; None: it never runs (``then`` is keep).
        days: Length.
        then: What is due at its end.
    """

    artefact: Artefact
    start: Event | None
    days: int
    then: Then


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """A named set of clocks, one for each artefact.

    Attributes:
        name: As in study.toml.
        title: One line.
        source: Where the periods come from.
        clocks: In the order of :data:`ARTEFACTS`.
    """

    name: str
    title: str
    source: str
    clocks: tuple[Clock, ...]

    def clock(self, artefact: Artefact) -> Clock:
        """The clock of an artefact."""
        return next(c for c in self.clocks if c.artefact == artefact)


@dataclass(frozen=True, slots=True)
class Item:
    """Something with a clock.

    Attributes:
        artefact: Kind.
        name: Code or random id: ``P07-1``, ``r-4KQ7M2``; empty for the whole study.
        events: When what happened to it.
        held: Holds stop its clock.
        gone: Deleted or destroyed already.
    """

    artefact: Artefact
    name: str
    events: Mapping[Event, datetime.date]
    held: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Where an item's clock stands.

    Attributes:
        artefact: Kind.
        name: Code or id.
        state: ``waiting`` (its event has not happened), ``running``, ``due``, ``held``, ``keep``, ``gone``.
        then: What is due.
        on: The day, once the clock runs.
        days_left: Until then; negative after it; None if it does not run.
    """

    artefact: Artefact
    name: str
    state: Literal["waiting", "running", "due", "held", "keep", "gone"]
    then: Then
    on: datetime.date | None = None
    days_left: int | None = None


def load_retention(name: str, overlay: Path | None = None) -> RetentionPolicy:
    """Read a policy; the study's own file of that name replaces the shipped one.

    Args:
        name: As in study.toml.
        overlay: ``STUDY/rules``.

    Raises:
        RulesError: No such policy; not YAML; an unknown key, artefact, event or period, with its line.
    """
    if not name or not all(c.isalnum() or c in "-_" for c in name):
        raise RulesError("not the name of a retention policy", hint="letters, digits, - and _")
    found = rule_files(f"retention/{name}.yaml", overlay)
    if not found:
        raise RulesError("there is no such retention policy", hint="default, ukds, fsd, hipaa, or a file of your own")
    return parse_retention(found[-1].read_bytes(), name, found[-1].name)


def parse_retention(data: bytes, name: str, file: str = "retention.yaml") -> RetentionPolicy:
    """Read a policy from a file's bytes.

    Raises:
        RulesError: See :func:`load_retention`.
    """
    import yaml

    try:
        text = data.decode("utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document: Any = yaml.safe_load(text)
    except UnicodeDecodeError:
        raise RulesError("not UTF-8", file=file) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise RulesError("not YAML", file=file, line=None if mark is None else mark.line + 1) from None
    except (ValueError, RecursionError):
        raise RulesError("not YAML", file=file) from None
    lines = _lines(root)
    if not isinstance(document, dict) or document.get("version") != 1:
        raise RulesError("a retention policy starts with version: 1", file=file, line=lines.get(("version",), 1))
    for key in document:
        if key not in ("version", "title", "source", "clocks"):
            raise RulesError("unknown key", file=file, line=lines.get((str(key),)))
    clocks = document.get("clocks")
    if not isinstance(clocks, dict):
        raise RulesError("no clocks", file=file, line=lines.get(("clocks",)))
    for key in clocks:
        if key not in ARTEFACTS:
            raise RulesError(
                "unknown artefact", file=file, line=lines.get(("clocks", str(key))), hint=", ".join(ARTEFACTS)
            )
    parsed = []
    for artefact in ARTEFACTS:
        if artefact not in clocks:
            raise RulesError(f"no clock for {artefact}", file=file, line=lines.get(("clocks",)))
        line = lines.get(("clocks", artefact))
        parsed.append(_clock(artefact, clocks[artefact], file, line))
    by_artefact = {clock.artefact: clock for clock in parsed}
    if by_artefact["originals"].then == "keep-sealed" and by_artefact["key"].then == "destroy":
        # the sealed originals' data keys are in the key store: destroying it destroys them
        raise RulesError(
            "originals cannot stay sealed when the key is destroyed",
            file=file,
            line=lines.get(("clocks", "originals")),
            hint="key: {then: keep}, or originals: {from: study-ended, days: 0, then: destroy}",
        )
    title, source = document.get("title", ""), document.get("source", "")
    if not isinstance(title, str) or not isinstance(source, str):
        raise RulesError("title and source are text", file=file)
    return RetentionPolicy(name, title, source, tuple(parsed))


def _lines(root: Any) -> dict[tuple[str, ...], int]:
    """Line of each key of the first two levels."""
    lines: dict[tuple[str, ...], int] = {}
    for key, value in root.value if getattr(root, "id", "") == "mapping" else []:
        if not isinstance(getattr(key, "value", None), str):
            continue
        lines[(key.value,)] = key.start_mark.line + 1
        if getattr(value, "id", "") == "mapping":
            for inner, _ in value.value:
                if isinstance(inner.value, str):
                    lines[(key.value, inner.value)] = inner.start_mark.line + 1
    return lines


def _clock(artefact: Artefact, value: Any, file: str, line: int | None) -> Clock:
    if not isinstance(value, dict) or not set(value) <= {"from", "days", "years", "then"}:
        raise RulesError("a clock has from, days or years, and then", file=file, line=line)
    then = value.get("then")
    if then not in _FITTING[artefact]:
        raise RulesError(
            f"unknown end for {artefact}", file=file, line=line, hint=f"then: {', '.join(_FITTING[artefact])}"
        )
    if then == "keep":
        if set(value) != {"then"}:
            raise RulesError("what is kept has no clock", file=file, line=line, hint="write {then: keep} alone")
        return Clock(artefact, None, 0, "keep")
    start = value.get("from")
    if start not in EVENTS:
        raise RulesError("unknown event", file=file, line=line, hint=", ".join(EVENTS))
    if "days" in value and "years" in value:
        raise RulesError("days or years, not both", file=file, line=line)
    length = value.get("days", value.get("years", 0))
    # bool is an int in Python: "days: yes" would be one day
    if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= 36500:
        raise RulesError("days and years are whole numbers", file=file, line=line)
    return Clock(artefact, start, length * 365 if "years" in value else length, then)


def standing(policy: RetentionPolicy, items: Iterable[Item], today: datetime.date) -> tuple[Due, ...]:
    """Where each item's clock stands today, in the items' order."""
    result = []
    for item in items:
        clock = policy.clock(item.artefact)
        if item.gone:
            result.append(Due(item.artefact, item.name, "gone", clock.then))
            continue
        if clock.start is None:
            result.append(Due(item.artefact, item.name, "keep", clock.then))
            continue
        start = item.events.get(clock.start)
        if start is None:
            result.append(Due(item.artefact, item.name, "waiting", clock.then))
            continue
        on = start + datetime.timedelta(days=clock.days)
        left = (on - today).days
        state: Literal["held", "due", "running"] = "held" if item.held else "due" if left <= 0 else "running"
        result.append(Due(item.artefact, item.name, state, clock.then, on, left))
    return tuple(result)


def is_due(standings: Iterable[Due]) -> bool:
    """Whether anything is due: exit code 6 of ``anonymizer status``."""
    return any(d.state == "due" for d in standings)
