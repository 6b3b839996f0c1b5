"""HTML that transcription tools write: noScribe's pages and the text of oTranscribe."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from anonymizer.intake.source import Source
from anonymizer.intake.text import clean

_BREAKS = frozenset(("p", "div", "li", "h1", "h2", "h3", "h4", "tr", "blockquote"))
_SKIPPED = frozenset(("script", "style", "head", "title", "template"))
_UNFINISHED = 20
MAX_HTML = 50 * 1024 * 1024


@dataclass(slots=True)
class Piece:
    """A paragraph: its lines, and the marks in it as (line, position, attributes)."""

    lines: list[str] = field(default_factory=lambda: [""], repr=False)
    marks: list[dict[str, str]] = field(default_factory=list, repr=False)


class _Parser(HTMLParser):
    """Paragraphs of a page; ``mark(tag, attributes)`` says what to write for a tag, None for nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = [Piece()]
        self._skip: list[str] = []
        self._stamp = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag in _SKIPPED:
            self._skip.append(tag)
        elif tag in _BREAKS:
            self._new()
        elif tag == "br":
            self.pieces[-1].lines.append("")
        elif tag == "span" and "data-timestamp" in values:
            # the stamp is what the attribute says; what it shows is left out, in the middle of a line altogether
            self._stamp += 1
            if not self.pieces[-1].lines[-1].strip():
                self.pieces[-1].marks.append({"line": str(len(self.pieces[-1].lines) - 1), **values})
        elif tag == "span" and self._stamp:
            self._stamp += 1
        elif tag == "a" and values.get("name", "").startswith("ts_"):
            self.pieces[-1].marks.append(values)

    def handle_endtag(self, tag: str) -> None:
        if self._skip and tag == self._skip[-1]:
            self._skip.pop()
        elif tag in _BREAKS:
            self._new()
        elif tag == "span" and self._stamp:
            self._stamp -= 1

    def handle_data(self, data: str) -> None:
        if not self._skip and not self._stamp:
            # a line break in HTML's source is a space
            self.pieces[-1].lines[-1] += clean(data).replace("\n", " ")

    def _new(self) -> None:
        if any(line.strip() for line in self.pieces[-1].lines) or self.pieces[-1].marks:
            self.pieces.append(Piece())


def pieces(source: Source, text: str) -> list[Piece]:
    """Paragraphs of an HTML text that have words.

    Raises:
        IntakeError: Larger than 50 MB, or markup that Python's parser cannot follow.
    """
    if len(text) > MAX_HTML:
        source.refuse("HTML of more than 50 MB")
    # Python's parser looks for the end of each unfinished tag from its beginning to the end of the file
    if any(part.count("<") > _UNFINISHED for part in text.split(">")):
        source.refuse("HTML that cannot be followed")
    parser = _Parser()
    try:
        parser.feed(text)
        parser.close()
    except AssertionError:
        source.refuse("HTML that cannot be followed")
    return [p for p in parser.pieces if any(line.strip() for line in p.lines)]
