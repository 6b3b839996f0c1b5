"""Which turns an export holds: whole transcripts, or what was said about some questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from anonymizer.errors import OutputError
from anonymizer.export.released import ReleasedTranscript
from anonymizer.protocol.model import Protocol


def about(
    transcripts: Sequence[ReleasedTranscript], protocol: Protocol, questions: Sequence[str]
) -> list[ReleasedTranscript]:
    """Only the turns about some questions and those nested in them; transcripts without any are left out.

    Args:
        transcripts: Released.
        protocol: To know the questions.
        questions: Ids such as ``effective-practices.3``; a section's slug takes the whole section. Empty: everything.

    Raises:
        OutputError: The protocol has no such question.
    """
    if not questions:
        return list(transcripts)
    known = [q.id for q in protocol.questions]
    wanted: set[str] = set()
    for question in questions:
        matching = [k for k in known if k == question or k.startswith(f"{question}.")]
        if not matching:
            raise OutputError(
                f"the protocol has no question {question}", hint="anonymizer protocol show lists their ids"
            )
        wanted.update(matching)
    kept = [replace(t, turns=tuple(turn for turn in t.turns if turn.question in wanted)) for t in transcripts]
    return [t for t in kept if t.turns]
