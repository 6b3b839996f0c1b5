"""RecordingRecord: what the sealed document knows of one recording, and the steps it may take.

::

    received -> transcript-received -> reviewed -> anonymized -> deletion-due -> deleted

No step is skipped. A step back (an approval that no longer holds, a released file that is gone) is possible until
deletion, so that a recording is never deleted on the strength of something that was true once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from anonymizer.errors import DamagedError

State = Literal["received", "transcript-received", "reviewed", "anonymized", "deletion-due", "deleted"]
STATES: tuple[State, ...] = get_args(State)

# who else may hold a copy: asked for at deletion, answered by a person, written into the log
TICK_LIST: tuple[tuple[str, str], ...] = (
    ("recorder", "the recorder or telephone it was made with, its memory card too"),
    ("cloud", "cloud recordings of the meeting service (Zoom, Teams, Meet)"),
    ("transcription-service", "the transcription service's copy"),
    ("sync-folders", "folders that a sync service copies (Dropbox, OneDrive, Nextcloud), its trash too"),
    ("backups", "backups of this computer and of shares"),
)
Answer = Literal["deleted", "none", "remains", "unknown"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)

TRANSCRIPT_CODE = re.compile(r"[PG][0-9]{2,6}-[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Step:
    """A state and when it was reached (UTC, ISO 8601, seconds)."""

    state: State
    time: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason why nothing may be deleted: a legal hold, a complaint, a check of the transcript.

    Attributes:
        time: When it was set.
        reason: Typed by a person; refused where it holds a known original.
        by: Label of the holder who set it.
    """

    time: str
    reason: str = field(repr=False)
    by: str = ""


@dataclass(frozen=True, slots=True)
class Deletion:
    """How a recording went.

    Attributes:
        time: When.
        by: Label of the holder who did it.
        withdrawn: True where it went before its time because the participant withdrew.
        method: What was done to the file, in words that claim no more than was done.
        copies: How many copies with the same content went with it.
        answers: (place of :data:`TICK_LIST`, answer).
    """

    time: str
    by: str
    withdrawn: bool
    method: str
    copies: int = 0
    answers: tuple[tuple[str, Answer], ...] = ()


@dataclass(frozen=True, slots=True)
class RecordingRecord:
    """One recording, as sealed in the key store's document under its id.

    Attributes:
        id: Random, such as ``r-4KQ7M2``; the only name that logs and reports use.
        digest: HMAC-SHA-256 (hex) of the content under the study's sealed secret.
        size: Bytes.
        path: Absolute path when registered. File names of recordings often hold names.
        transcripts: Codes of the transcripts made, or to be made, from it: ``P07-1``.
        steps: Every state reached and when, the present one last.
        holds: Those in force.
        deleting: A deletion that was begun and not finished: as it will be recorded when the file is gone.
        deletion: How it went, or None.
    """

    id: str
    digest: str = field(repr=False)
    size: int
    path: str = field(repr=False)
    transcripts: tuple[str, ...]
    steps: tuple[Step, ...]
    holds: tuple[Hold, ...] = ()
    deleting: Deletion | None = None
    deletion: Deletion | None = None

    @property
    def state(self) -> State:
        """The present state."""
        return self.steps[-1].state

    def since(self, state: State) -> str | None:
        """When the state was last reached, or None."""
        return next((s.time for s in reversed(self.steps) if s.state == state), None)


def to_document(record: RecordingRecord) -> dict[str, Any]:
    """The record as canonical JSON can hold it; the id is inside."""
    value: dict[str, Any] = _plain(asdict(record))
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value


def _deletion(value: Mapping[str, Any] | None) -> Deletion | None:
    if value is None:
        return None
    return Deletion(**{**value, "answers": tuple((place, answer) for place, answer in value["answers"])})


def from_document(value: Mapping[str, Any]) -> RecordingRecord:
    """Read what :func:`to_document` made.

    Raises:
        DamagedError: Another shape, or a state that does not exist.
    """
    try:
        steps = tuple(Step(**s) for s in value["steps"])
        record = RecordingRecord(
            **{
                **value,
                "transcripts": tuple(value["transcripts"]),
                "steps": steps,
                "holds": tuple(Hold(**h) for h in value["holds"]),
                "deleting": _deletion(value["deleting"]),
                "deletion": _deletion(value["deletion"]),
            }
        )
    except (KeyError, TypeError, ValueError):
        raise DamagedError("a recording's entry in the key store is damaged") from None
    if (
        not steps
        or any(s.state not in STATES for s in steps)
        or (record.state == "deleted") != (record.deletion is not None)
    ):
        raise DamagedError("a recording's entry in the key store is damaged")
    return record
