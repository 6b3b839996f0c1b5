"""The received transcripts that the review shows, read from private/received and never copied."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from anonymizer.errors import ReviewError
from anonymizer.review.marks import Marks, text_digest
from anonymizer.study import Study
from anonymizer.transcript import Transcript

_SURROGATES = re.compile("[\ud800-\udfff]")
_WORD = re.compile(r"\w+")


def shown(text: str) -> str:
    """Text as UTF-8 can carry it: a lone surrogate becomes U+FFFD, so that offsets stay."""
    return _SURROGATES.sub("\ufffd", text)


@dataclass(slots=True)
class Texts:
    """Received transcripts by id, each read when first needed."""

    study: Study
    _paths: dict[str, Path] = field(default_factory=dict, repr=False)
    _read: dict[str, Transcript] = field(default_factory=dict, repr=False)

    def get(self, marks: Marks) -> Transcript:
        """The transcript that marks are about.

        Raises:
            ReviewError: Its file is gone, or what is read is not what was marked.
            IntakeError: The file cannot be read.
        """
        from anonymizer.intake.reader import read

        id = marks.transcript
        if id not in self._read:
            if id not in self._paths:
                self.scan()
            if id not in self._paths:
                raise ReviewError(
                    "the received file of this transcript is not in private/received", hint="put it back, or run again"
                )
            content = read(self._paths[id])
            if text_digest(content, self.study.salt()) != marks.text_digest:
                # offsets would point at other words
                raise ReviewError("the text is not the one that was prepared", hint="anonymizer run --prepare")
            self._read[id] = content
        return self._read[id]

    def stem(self, marks: Marks) -> str:
        """The received file's name without its ending; empty if it is not there."""
        if not self._paths:
            self.scan()
        path = self._paths.get(marks.transcript)
        return path.stem if path else ""

    def names(self) -> dict[str, str]:
        """Names of all received files by id, read anew."""
        self.scan()
        return {id: shown(path.stem) for id, path in self._paths.items()}

    def scan(self) -> None:
        """Find out which received file has which id."""
        self._paths = {}
        for path in sorted(self.study.received.iterdir()) if self.study.received.is_dir() else ():
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                self._paths[self.study.transcript_id(path.read_bytes())] = path


def words(text: str) -> tuple[str, ...]:
    """Case-folded words."""
    return tuple(_WORD.findall(text.casefold()))


def holds(text: str, forms: frozenset[tuple[str, ...]]) -> bool:
    """Whether free text holds one of some forms, word by word."""
    here = words(text)
    sizes = {len(form) for form in forms}
    return any(here[start : start + size] in forms for size in sizes for start in range(len(here) - size + 1) if size)
