"""Cues of captions and recognisers, and the turns they become: nothing lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from anonymizer.intake.labels import accepted, split_colon
from anonymizer.transcript import Turn

_PAUSE = 1.5
_LONG = 150


@dataclass(frozen=True, slots=True)
class Cue:
    """A short passage with its time.

    Attributes:
        speaker: Label, or None.
        text: One line.
        start: Seconds or None.
        end: Seconds or None.
        line: Line in the file, 0 where there is none.
        fresh: True where the source marks a change of speaker without saying to whom.
    """

    speaker: str | None = field(repr=False)
    text: str = field(repr=False)
    start: float | None = None
    end: float | None = None
    line: int = 0
    fresh: bool = False


def split_labels(cues: Sequence[Cue]) -> list[Cue]:
    """Move labels that stand in the text (``Jane Ode: ...``) into ``speaker``; cues without one inherit it.

    Only for files whose cues have no speaker of their own.
    """
    heads = [split_colon(cue.text) for cue in cues]
    labels = accepted((head[0] for head in heads if head), len(cues))
    if not labels:
        return list(cues)
    out: list[Cue] = []
    current: str | None = None
    for cue, head in zip(cues, heads, strict=True):
        if head and head[0] in labels:
            current = head[0]
            out.append(replace(cue, speaker=current, text=head[1].strip()))
        else:
            if cue.fresh:
                current = None
            out.append(replace(cue, speaker=current))
    return out


def merge(cues: Iterable[Cue]) -> tuple[Turn, ...]:
    """One turn for consecutive cues of one speaker, with the time from the first start to the last end.

    Cues without any speaker are joined up to a pause of 1.5 seconds, or a sentence's end once 150 words are reached:
    captions break in the middle of sentences and names.
    """
    turns: list[Turn] = []
    parts: list[Cue] = []
    words = 0

    def close() -> None:
        if not parts:
            return
        starts = [c.start for c in parts if c.start is not None]
        ends = [c.end for c in parts if c.end is not None]
        turns.append(
            Turn(
                index=len(turns),
                speaker=parts[0].speaker,
                text=" ".join(c.text for c in parts if c.text),
                start=min(starts) if starts else None,
                end=max(ends) if ends else None,
            )
        )
        parts.clear()

    for cue in cues:
        if not cue.text:
            continue
        if parts:
            last = parts[-1]
            apart = cue.speaker != last.speaker or cue.fresh
            if not apart and cue.speaker is None:
                pause = None if cue.start is None or last.end is None else cue.start - last.end
                ended = last.text.endswith((".", "?", "!", "…"))
                apart = (
                    (pause is not None and pause >= _PAUSE)
                    or (ended and words >= _LONG)
                    or (ended and last.text.endswith("?") and pause is not None and pause >= _PAUSE / 2)
                    or words >= 4 * _LONG
                )
            if apart:
                close()
                words = 0
        parts.append(cue)
        words += len(cue.text.split())
    close()
    return tuple(turns)
