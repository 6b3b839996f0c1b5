"""Every error that leaves a room, with the code, exit code and hint a user needs.

::

    AnonymizerError                     1   error
    ├── StudyError                      1   the study folder or study.toml
    ├── InputError                      1   a file that somebody gave us
    │   ├── IntakeError                     a transcript
    │   ├── ProtocolError                   an interview protocol
    │   ├── RosterError                     a roster or a speaker mapping
    │   └── RulesError                      a file below rules/, with its line
    ├── UnlinkedError                   1   a received file or speaker that nobody tied to a person
    ├── ModelError                      1   a language model that is missing or is not the one it should be
    ├── OutputError                     1   a file that could not be written
    ├── ReviewError                     1   a decision that does not fit the transcript
    ├── RecordingError                  1   a step the recordings' state machine does not have
    ├── ClusterError                    1   a scheduler or worker that may not or cannot be used
    ├── GateError                       5   a known original in an output
    └── KeyStoreError                   1
        ├── NoKeyStoreError             10
        ├── LockedError                 11  (also the study's own lock)
        ├── NotAHolderError             12  wrong passphrase, or a stranger's identity
        ├── DamagedError                13
        ├── RolledBackError             14  older than seen before
        ├── ShredError                  15  shred secret missing or not fitting
        └── UnfinishedError             16

Messages name files, lines, turns and codes. They never quote a name, a passage of a transcript, a passphrase or a key,
because they end in terminals, logs and bug reports.
"""

from __future__ import annotations

from pathlib import Path


class AnonymizerError(Exception):
    """An expected failure: what happened, where, and what to do about it.

    Args:
        message: One sentence in lower case without full stop; quotes no personal information.
        hint: What the user can do, or None.
        file: The file at fault; only its name is shown.
        line: Line number in that file, from 1.
        turn: Index of the turn at fault, from 0.
    """

    code = "error"
    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        file: str | Path | None = None,
        line: int | None = None,
        turn: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.file = None if file is None else Path(file).name
        self.line = line
        self.turn = turn

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        if self.turn is not None:
            place = f"{place} turn {self.turn}".strip()
        return f"{place}: {self.message}" if place else self.message


class StudyError(AnonymizerError):
    """The study folder or its settings cannot be used."""

    code = "study"


class InputError(AnonymizerError):
    """A file that somebody gave us cannot be understood."""

    code = "input"


class IntakeError(InputError):
    """A transcript is refused: unreadable, unknown, or understood only in part."""

    code = "intake"


class ProtocolError(InputError):
    """An interview protocol is refused."""

    code = "protocol"


class RosterError(InputError):
    """A roster, a participant or a speaker mapping is refused."""

    code = "roster"


class RulesError(InputError):
    """A rules file is refused; carries its line."""

    code = "rules"


class UnlinkedError(AnonymizerError):
    """A received file, or a speaker in it, is not tied to a person of the roster."""

    code = "unlinked"


class ModelError(AnonymizerError):
    """A language model is missing or is not the one it should be."""

    code = "model"


class OutputError(AnonymizerError):
    """A file could not be written."""

    code = "output"


class ReviewError(AnonymizerError):
    """A decision or approval does not fit what it is about."""

    code = "review"


class RecordingError(AnonymizerError):
    """A step that the recordings' state machine does not have."""

    code = "recording"


class ClusterError(AnonymizerError):
    """A scheduler or worker may not, or cannot, be used."""

    code = "cluster"


class GateError(AnonymizerError):
    """A known original was found in an output."""

    code = "gate"
    exit_code = 5


class KeyStoreError(AnonymizerError):
    """The key store cannot do what was asked."""

    code = "key"


class NoKeyStoreError(KeyStoreError):
    """There is no key store where one was expected."""

    code = "key-missing"
    exit_code = 10


class LockedError(KeyStoreError):
    """Another process holds the lock."""

    code = "locked"
    exit_code = 11


class NotAHolderError(KeyStoreError):
    """Wrong passphrase, or an identity that is not among the holders."""

    code = "not-a-holder"
    exit_code = 12


class DamagedError(KeyStoreError):
    """Damaged or forged."""

    code = "damaged"
    exit_code = 13


class RolledBackError(KeyStoreError):
    """Older than what this machine saw before."""

    code = "rolled-back"
    exit_code = 14


class ShredError(KeyStoreError):
    """The shred secret is missing or does not fit the store."""

    code = "shred"
    exit_code = 15


class UnfinishedError(KeyStoreError):
    """An operation was interrupted and is not repaired yet."""

    code = "unfinished"
    exit_code = 16
