"""What a run did, in numbers and codes, for people and for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anonymizer.received import Problem
from anonymizer.review.marks import Marks


@dataclass(slots=True)
class Summary:
    """Counts of one run.

    Attributes:
        drafted: Codes of transcripts drafted now.
        unchanged: Codes of transcripts whose inputs did not change.
        prepared: Ids of transcripts prepared without the key.
        released: Codes released now.
        problems: Files that were not worked on, and why.
        turns: Turns of the transcripts worked on now.
        tagged: Of these, turns tagged with a question.
        tags_to_review: Turns whose tag a person should see.
        findings: Findings by type.
        actions: Findings by action.
        to_review: Findings that a person should see.
        questions: Questions to the reviewer.
    """

    drafted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    prepared: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    turns: int = 0
    tagged: int = 0
    tags_to_review: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    to_review: int = 0
    questions: int = 0

    def failed(self, path: Path, message: str, hint: str | None) -> None:
        """Record a file that was not worked on."""
        self.problems.append(Problem(path, message.removeprefix(f"{path.name}: "), hint))

    def count(self, marks: Marks) -> None:
        """Add a transcript's counts."""
        self.turns += marks.turns
        self.tagged += sum(tag.question is not None for tag in marks.tags)
        self.tags_to_review += sum(tag.review for tag in marks.tags)
        self.findings.update(d.entity_type for d in marks.decisions)
        self.actions.update(d.action for d in marks.decisions)
        self.to_review += sum(d.review for d in marks.decisions)
        self.questions += len(marks.questions)

    def document(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "drafted": self.drafted,
            "unchanged": self.unchanged,
            "prepared": self.prepared,
            "released": self.released,
            "problems": [{"file": p.path.name, "error": p.message, "hint": p.hint} for p in self.problems],
            "turns": self.turns,
            "tagged": self.tagged,
            "tags_to_review": self.tags_to_review,
            "findings": dict(self.findings.most_common()),
            "actions": dict(self.actions.most_common()),
            "to_review": self.to_review,
            "questions": self.questions,
        }

    def lines(self) -> list[str]:
        """For people."""
        found = ", ".join(f"{kind.lower()} {n}" for kind, n in self.findings.most_common()) or "none"
        acted = ", ".join(f"{action} {n}" for action, n in self.actions.most_common()) or "none"
        lines = []
        if self.prepared:
            lines.append(f"prepared   {len(self.prepared)} transcripts, without the key")
        if self.drafted or self.unchanged:
            lines.append(f"drafted    {len(self.drafted)} transcripts; {len(self.unchanged)} unchanged")
        if self.released:
            lines.append(f"released   {', '.join(self.released)}")
        if self.turns:
            lines += [
                f"turns      {self.turns}, {self.tagged} tagged with a question",
                f"findings   {found}",
                f"decided    {acted}",
                f"to review  {self.to_review} findings, {self.tags_to_review} tags, {self.questions} questions",
            ]
        return lines
