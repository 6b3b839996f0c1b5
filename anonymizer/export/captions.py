"""WebVTT and SRT, a cue a turn, for transcripts that came with times: subtitles and video archives."""

from __future__ import annotations

import html
import re

from anonymizer.errors import OutputError
from anonymizer.export.headings import NOTICE, flat
from anonymizer.export.released import ReleasedTranscript
from anonymizer.intake.times import stamp

_MARKUP = re.compile(r"<(?=[A-Za-z/])")


def _timed(released: ReleasedTranscript) -> list[tuple[float, float]]:
    """Start and end of each turn; an end that is missing is the next turn's start.

    Raises:
        OutputError: A turn without a start; says which.
    """
    times: list[tuple[float, float]] = []
    turns = released.turns
    for position, turn in enumerate(turns):
        if turn.start is None:
            raise OutputError(
                "subtitles need a time for each turn, and this one has none",
                turn=turn.index,
                hint="choose json, txt, docx or csv for this transcript",
            )
        following = turns[position + 1].start if position + 1 < len(turns) else None
        end = turn.end if turn.end is not None else following if following is not None else turn.start + 5
        times.append((turn.start, max(end, turn.start)))
    return times


def render_vtt(released: ReleasedTranscript) -> bytes:
    """WebVTT with voice tags.

    Raises:
        OutputError: A turn has no time.
    """
    blocks = ["WEBVTT"]
    if not released.reviewed:
        blocks.append(f"NOTE {NOTICE}")
    for number, (turn, (start, end)) in enumerate(zip(released.turns, _timed(released), strict=True), 1):
        # an arrow in a payload would begin a cue: ">" is always an entity
        text = html.escape(flat(turn.text), quote=False)
        blocks.append(f"{number}\n{stamp(start)} --> {stamp(end)}\n<v {html.escape(turn.speaker)}>{text}</v>")
    return ("\n\n".join(blocks) + "\n").encode("utf-8", "replace")


def render_srt(released: ReleasedTranscript) -> bytes:
    """SRT with ``P07: `` before the text; an unreviewed one begins with a cue that says so, since SRT has no comments.

    Raises:
        OutputError: A turn has no time.
    """
    blocks: list[str] = []
    if not released.reviewed:
        blocks.append(f"1\n00:00:00,000 --> 00:00:00,001\n[{NOTICE}]")
    for turn, (start, end) in zip(released.turns, _timed(released), strict=True):
        # SRT has no escapes: players take an arrow for times, and "<b>" for markup that they do not show
        text = _MARKUP.sub("‹", flat(turn.text).replace("-->", "->"))
        times = f"{stamp(start, ',')} --> {stamp(end, ',')}"
        blocks.append(f"{len(blocks) + 1}\n{times}\n{turn.speaker}: {text}")
    return ("\n\n".join(blocks) + "\n").encode("utf-8", "replace")
