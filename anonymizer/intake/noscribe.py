"""noScribe's HTML: anchors ``ts_START_END_S01`` in milliseconds. The path of the recording is not read."""

from __future__ import annotations

import re

from anonymizer.intake.labels import accepted, split_colon
from anonymizer.intake.markup import pieces
from anonymizer.intake.source import Source
from anonymizer.transcript import Turn

FORMAT = "noscribe"
_ANCHOR = re.compile(r"^ts_(\d{1,10})_(\d{1,10})_(.*)$")
_INLINE = re.compile(r"\[\d{1,2}:\d\d:\d\d\]\s*")


def matches(source: Source) -> bool:
    """HTML with an anchor whose name begins ``ts_`` and a digit."""
    return not source.is_zip and re.search(r"<a\s[^<>]{0,200}name=\"ts_\d", source.text, re.IGNORECASE) is not None


def read(source: Source) -> tuple[Turn, ...]:
    """A turn for each paragraph. What a user typed as the speaker's name counts, otherwise the anchor's speaker.

    Raises:
        IntakeError: An anchor that is not understood; says which paragraph.
    """
    found = pieces(source, source.text)
    while found and not found[0].marks:
        # the page's head: program, date, path of the recording
        found.pop(0)
    texts = [" ".join(" ".join(piece.lines).split()) for piece in found]
    heads = [split_colon(_INLINE.sub("", text, count=1)) for text in texts]
    labels = accepted((h[0] for h in heads if h), len(texts))
    out: list[Turn] = []
    for number, (piece, text, head) in enumerate(zip(found, texts, heads, strict=True), 1):
        anchors = [_ANCHOR.match(mark.get("name", "")) for mark in piece.marks]
        if not all(anchors):
            source.refuse("an anchor that is not understood", line=number)
        starts = [int(a[1]) / 1000 for a in anchors if a]
        ends = [int(a[2]) / 1000 for a in anchors if a]
        speaker = next((a[3] for a in anchors if a and a[3]), None)
        if head and head[0] in labels:
            speaker, text = head[0], head[1].strip()  # noqa: PLW2901
        if not anchors and not (head and head[0] in labels) and out:
            last = out.pop()
            out.append(Turn(last.index, last.speaker, f"{last.text}\n{text}".strip(), last.start, last.end))
            continue
        out.append(Turn(len(out), speaker, text, min(starts, default=None), max(ends, default=None)))
    return tuple(out)
