"""From decisions to new text: the transcript as it may be read by others, and its draft files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from anonymizer import files
from anonymizer.errors import StudyError
from anonymizer.export.released import ReleasedTranscript, ReleasedTurn
from anonymizer.protocol.model import Protocol, Tag
from anonymizer.review.marks import Marks
from anonymizer.study import Study
from anonymizer.transcript import Role, Speaker, Transcript

if TYPE_CHECKING:
    from anonymizer.policy.model import Policy

_ROLE_NAMES: Mapping[Role, str] = {
    "interviewer": "Interviewer",
    "participant": "Participant",
    "other": "Other",
    "unknown": "Speaker",
}


def speaker_names(
    content: Transcript, tags: Sequence[Tag], speakers: Sequence[Speaker], participants: Sequence[str]
) -> dict[str, tuple[str, Role]]:
    """What each label is called in outputs: a code where the person is known, else the role, numbered if needed.

    With one participant and one label that can only be the participant's, the label is theirs.
    """
    known = {s.label: s for s in speakers}
    roles: dict[str, Role] = {}
    for turn, tag in zip(content, tags, strict=True):
        if turn.speaker is not None:
            roles.setdefault(turn.speaker, tag.role)
    roles.update({s.label: s.role for s in speakers if s.role != "unknown"})
    unnamed = [label for label in content.labels if not (label in known and known[label].code)]
    candidates = [label for label in unnamed if roles.get(label) == "participant"]
    taken = {s.code for s in speakers if s.code}
    free = [code for code in participants if code not in taken]
    names: dict[str, tuple[str, Role]] = {}
    for label in content.labels:
        role = roles.get(label, "unknown")
        if label in known and known[label].code:
            names[label] = (str(known[label].code), role)
        elif len(free) == 1 and candidates == [label]:
            names[label] = (free[0], role)
        else:
            same = [other for other in unnamed if roles.get(other, "unknown") == role]
            number = f" {same.index(label) + 1}" if len(same) > 1 or role == "unknown" else ""
            names[label] = (_ROLE_NAMES[role] + number, role)
    return names


def build(
    content: Transcript,
    marks: Marks,
    policy: Policy,
    protocol: Protocol,
    *,
    speakers: Sequence[Speaker],
    participants: Sequence[str],
    reviewed: bool,
) -> ReleasedTranscript:
    """Replace what was decided and tag each turn.

    Args:
        content: As received.
        marks: Effective ones, with a pseudonym for each entity that is to have one.
        policy: For generalization.
        protocol: For sections.
        speakers: Who the labels stand for.
        participants: Codes of the participants in it.
        reviewed: Whether people approved it.
    """
    from anonymizer.pseudonyms.replace import replacements
    from anonymizer.redaction import redact

    labels = {e.id: e.pseudonym for e in marks.entities if e.pseudonym}
    by_turn: dict[int, list] = {}  # type: ignore[type-arg]
    for replacement in replacements(content, marks.decisions, labels, policy):
        by_turn.setdefault(replacement.turn, []).append(replacement)
    names = speaker_names(content, marks.tags, speakers, participants)
    questions = {q.id: q for q in protocol.questions}
    turns = []
    for turn, tag in zip(content, marks.tags, strict=True):
        text, replaced = redact(turn.text, by_turn.get(turn.index, ()))
        name, role = names[turn.speaker] if turn.speaker is not None else ("", tag.role)
        question = questions.get(tag.question) if tag.question else None
        turns.append(
            ReleasedTurn(
                index=turn.index,
                speaker=name,
                role=role,
                section=question.section if question else "",
                question=question.id if question else None,
                confidence=round(tag.confidence, 3),
                start=turn.start,
                end=turn.end,
                text=text,
                replaced=tuple(replaced),
            )
        )
    return ReleasedTranscript(
        code=marks.code,
        turns=tuple(turns),
        protocol=protocol,
        reviewed=reviewed,
        source_format=content.format,
        participants=tuple(participants),
    )


def render_all(released: ReleasedTranscript, formats: Sequence[str]) -> dict[str, bytes]:
    """File name -> bytes for each format."""
    from anonymizer.export.write import render

    return {f"{released.code}.{format}": render(released, format) for format in formats}


def rendered(study: Study, outputs: Mapping[str, bytes]) -> dict[Path, bytes]:
    """Where draft files lie, and what is in them."""
    return {study.draft / name: data for name, data in outputs.items()}


def write(study: Study, outputs: Mapping[str, bytes]) -> None:
    """Write draft files into private/draft/, mode 0600."""
    files.write_all(rendered(study, outputs))


class Listing:
    """The files of a folder by transcript; the folder is read once, and not as often as there are transcripts.

    Args:
        folder: ``private/draft``, ``anonymized``; it may be missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, list[str]] = {}
        for path in folder.iterdir() if folder.is_dir() else []:
            code, dot, _ = path.name.partition(".")
            if code and dot:
                self._names.setdefault(code, []).append(path.name)

    def paths(self, code: str) -> tuple[Path, ...]:
        """Every file made from a transcript, as of the time of reading."""
        return tuple(self._folder / name for name in sorted(self._names.get(code, ())))


def discard(drafted: Iterable[Path]) -> None:
    """Remove a transcript's draft files; its stamp stays, so that the next run knows that nothing changed."""
    files.remove_all(path for path in drafted if path.suffix != ".stamp")


def stamp(study: Study, code: str) -> str | None:
    """Digest of the inputs that the transcript's draft or release was made from, or None."""
    try:
        value = json.loads((study.draft / f"{code}.stamp").read_bytes())
        return str(value["inputs"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise StudyError("a stamp in private/draft is damaged", hint="remove it and run again") from None


def set_stamps(study: Study, inputs: Mapping[str, str]) -> None:
    """Record the inputs of transcripts, by code, after everything made from them has been written."""
    files.write_all(
        {study.draft / f"{code}.stamp": files.to_json({"inputs": digest}) for code, digest in inputs.items()}
    )


def set_stamp(study: Study, code: str, inputs: str) -> None:
    """The same for one transcript."""
    set_stamps(study, {code: inputs})
