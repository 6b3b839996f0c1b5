"""CHAT (.cha, TalkBank): a main line is a turn. Headers (age, birth, place, media) and dependent tiers are not read."""

from __future__ import annotations

import re

from anonymizer.intake.shape import shape
from anonymizer.intake.source import Source
from anonymizer.intake.text import one_line
from anonymizer.transcript import Turn

FORMAT = "chat"
_MAIN = re.compile(r"^\*([^\s:]{1,20}):[ \t]*(.*)$", re.DOTALL)
_BULLET = re.compile(r"[\x15•](?:%\w{1,9}:\"?[^\"]{0,200}\"?_)?(\d{1,9})_(\d{1,9})-?[\x15•]")


def matches(source: Source) -> bool:
    """``@Begin`` among the first lines, or ``@UTF8``."""
    head = "" if source.is_zip else source.text[:500]
    return re.match(r"\ufeff?@(?:UTF8|Font|PID|Begin|Window|ColorWords)\b", head) is not None


def read(source: Source) -> tuple[Turn, ...]:
    """Main lines with their continuation lines; transcription codes stay as they are.

    Raises:
        IntakeError: A line that is none of the format's, or a bullet that is not understood.
    """
    out: list[Turn] = []
    logical: list[tuple[int, str]] = []
    for number, line in enumerate(
        source.text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1
    ):
        if line[:1] in ("\t", " ") and logical and line.strip():
            logical[-1] = (logical[-1][0], f"{logical[-1][1]} {line.strip()}")
        elif line.strip():
            logical.append((number, line))
    for number, line in logical:
        if line[0] in "@%":
            continue
        match = _MAIN.match(line)
        if match is None:
            source.refuse(f"a line that is not CHAT: {shape(line)}", line=number)
        bullets = _BULLET.findall(match[2])
        said = _BULLET.sub(" ", match[2])
        if "\x15" in said:
            source.refuse("a bullet that is not understood", line=number)
        start, end = (int(bullets[0][0]) / 1000, int(bullets[-1][1]) / 1000) if bullets else (None, None)
        out.append(Turn(len(out), one_line(match[1]), one_line(said), start, end))
    return tuple(out)
