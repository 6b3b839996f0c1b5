"""Rich Text Format, read by its own tokens: bold labels, notes and text boxes count, hidden text is refused.

The usual converter drops footnotes and text boxes without notice and shows hidden text; it serves the tests as a second
opinion.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from anonymizer.intake.docx import document_turns
from anonymizer.intake.ooxml import Para, Table
from anonymizer.intake.source import Source
from anonymizer.intake.text import clean
from anonymizer.transcript import Turn

FORMAT = "rtf"
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_SKIPPED = frozenset(
    word
    for line in (
        "fonttbl colortbl stylesheet info pict object header headerl headerr headerf footer footerl footerr footerf sp",
        "listtable listoverridetable revtbl rsidtbl generator themedata datastore latentstyles xmlnstbl annotation",
        "atnauthor atndate atnref atnicn atrfstart atrfend bkmkstart bkmkend fldinst filetbl listpicture nonesttables",
        "pntext pntxta pntxtb shppict private xe tc rxe txe falt panose fontemb background userprops mmathPr template",
        "colorschememapping wgrffmtfilter pgptbl docvar nonshppict ftnsep ftnsepc aftnsep aftnsepc sv sn atnid",
    )
    for word in line.split()
)
# the groups behind {\* that hold speech all the same
_SHOWN = frozenset(("shptxt", "shpinst", "dptxbxtext"))
_CHARS = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "qmspace": " ",
    "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
}  # fmt: skip
_SYMBOLS = {b"~": " ", b"_": "-", b"-": "", b"\n": "\n", b"\r": "\n"}
_CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_MAX_GROUPS = 1000


@dataclass(frozen=True, slots=True)
class _State:
    skip: bool = False
    bold: bool = False
    hidden: bool = False
    deleted: bool = False
    uc: int = 1
    encoding: str = ""
    note: bool = False
    starred: bool = False


def matches(source: Source) -> bool:
    """The first characters are ``{\\rtf``."""
    return source.data.lstrip()[:5] == b"{\\rtf"


def read(source: Source) -> tuple[Turn, ...]:
    """Read paragraphs or tables of turns.

    Raises:
        IntakeError: Damaged, hidden text, an unknown code page; stamps or labels that are not understood.
    """
    return document_turns(source, _Parser(source).parse())


class _Parser:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._content: list[Para | Table] = []
        self._pieces: list[tuple[str, bool]] = []
        self._outer: list[list[tuple[str, bool]]] = []
        self._rows: list[list[list[Para]]] = []
        self._cells: list[list[Para]] = []
        self._cell: list[Para] = []
        self._in_table = False
        self._number = 0
        self._codepage = "cp1252"
        self._pending = bytearray()
        self._fonts: dict[int, str] = {}

    def parse(self) -> list[Para | Table]:
        stack: list[_State] = []
        state = _State()
        binary_to = eat = 0
        surrogate = 0
        font: int | None = None
        depth_of_fonts = 0
        for match in _TOKEN.finditer(self._source.data):
            if match.start() < binary_to:
                continue
            word, number, hexa, symbol, brace, text = match.groups()
            if hexa is None:
                self._flush(state)
            if brace == b"{":
                stack.append(state)
                if len(stack) > _MAX_GROUPS:
                    self._source.refuse("nested too deeply")
                state = replace(state, starred=False)
                eat = 0
            elif brace == b"}":
                if not stack:
                    self._source.refuse("damaged: a group ends that did not begin")
                before, state = state, stack.pop()
                if before.note and not state.note:
                    self._end_note(state)
                depth_of_fonts = depth_of_fonts if len(stack) >= depth_of_fonts else 0
                eat = 0
                if not stack:
                    break
            elif hexa is not None:
                if eat:
                    eat -= 1
                else:
                    self._pending += bytes.fromhex(hexa.decode())
            elif symbol is not None:
                if symbol == b"*":
                    state = replace(state, starred=True)
                else:
                    self._add(
                        state,
                        {b"~": " ", b"_": "-", b"-": "", b"\n": "\n", b"\r": "\n"}.get(
                            symbol, symbol.decode("latin-1")
                        ),
                    )
            elif text is not None:
                kept = text[eat:] if eat else text
                eat = max(0, eat - len(text))
                if kept:
                    self._pending += kept
            elif word is not None:
                name = word.decode()
                value = int(number) if number is not None else None
                if name == "bin" and value is not None:
                    binary_to = match.end() + max(value, 0)
                elif name == "u" and value is not None:
                    code = value + 0x10000 if value < 0 else value
                    if 0xD800 <= code < 0xDC00:
                        surrogate = code
                    elif 0xDC00 <= code < 0xE000:
                        if surrogate:
                            self._add(state, chr(0x10000 + ((surrogate - 0xD800) << 10) + (code - 0xDC00)))
                        surrogate = 0
                    elif code < 0x110000:
                        self._add(state, chr(code))
                    eat = state.uc
                    continue
                elif name == "fonttbl":
                    depth_of_fonts = len(stack)
                    state = replace(state, skip=True)
                elif depth_of_fonts and name == "f":
                    font = value
                elif depth_of_fonts and name == "fcharset" and font is not None:
                    self._fonts[font] = _CHARSETS.get(value or 0, "")
                else:
                    state = self._control(state, name, value)
                eat = 0
        else:
            self._source.refuse("damaged: the file is cut off", hint="export it again")
        self._end_paragraph()
        self._end_table()
        return self._content

    def _control(self, state: _State, name: str, value: int | None) -> _State:
        on = value != 0
        if name in _SKIPPED or (state.starred and name not in _SHOWN):
            return replace(state, skip=True, starred=False)
        if name in _SHOWN:
            return replace(state, skip=False, starred=False)
        if name == "footnote":
            self._outer.append(self._pieces)
            self._pieces = []
            return replace(state, note=True)
        if name == "b":
            return replace(state, bold=on)
        if name == "v":
            return replace(state, hidden=on)
        if name == "deleted":
            return replace(state, deleted=on)
        if name == "plain":
            return replace(state, bold=False, hidden=False, deleted=False)
        if name == "uc":
            return replace(state, uc=min(max(value or 0, 0), 16))
        if name == "f" and value is not None:
            return replace(state, encoding=self._fonts.get(value, ""))
        if name == "ansicpg":
            self._codepage = self._known(value)
        elif name in ("mac", "pc", "pca"):
            self._codepage = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[name]
        elif state.skip:
            return state
        elif name in ("par", "sect", "page"):
            if state.note:
                self._add(state, " ")
            else:
                self._end_paragraph()
        elif name == "pard":
            self._in_table = False
        elif name == "intbl":
            self._in_table = True
        elif name in ("cell", "nestcell"):
            self._end_paragraph(cell=True)
            self._cells.append(self._cell)
            self._cell = []
        elif name in ("row", "nestrow"):
            self._rows.append(self._cells)
            self._cells = []
        elif name in _CHARS:
            self._add(state, _CHARS[name])
        return state

    def _known(self, page: int | None) -> str:
        name = {65001: "utf-8", 10000: "mac_roman"}.get(page or 0, f"cp{page}")
        try:
            codecs.lookup(name)
        except LookupError:
            self._source.refuse("an unknown code page")
        return name

    def _flush(self, state: _State) -> None:
        if not self._pending:
            return
        data = bytes(self._pending)
        self._pending.clear()
        if state.skip:
            return
        try:
            text = data.decode(state.encoding or self._codepage)
        except UnicodeDecodeError:
            # the few bytes that cp1252 leaves empty
            text = data.decode("latin-1")
        self._add(state, text)

    def _add(self, state: _State, text: str) -> None:
        if state.skip or state.deleted:
            return
        if state.hidden and text.strip():
            self._source.refuse("holds hidden text", line=self._number + 1, hint="the number is the paragraph's")
        self._pieces.append((text, state.bold))

    def _end_note(self, state: _State) -> None:
        note = " ".join("".join(text for text, _ in self._pieces).split())
        self._pieces = self._outer.pop() if self._outer else []
        if note and not state.skip:
            self._pieces.append((f" [note: {note}] ", False))

    def _end_paragraph(self, *, cell: bool = False) -> None:
        text = clean("".join(piece for piece, _ in self._pieces))
        bold = 0
        for piece, is_bold in self._pieces:
            if not is_bold and piece.strip():
                break
            bold += len(clean(piece))
        self._pieces = []
        if not text.strip():
            return
        self._number += 1
        para = Para(text, min(bold, len(text)), False, self._number)
        if cell or self._in_table:
            self._cell.append(para)
        else:
            self._end_table()
            self._content.append(para)

    def _end_table(self) -> None:
        if self._cell:
            self._cells.append(self._cell)
            self._cell = []
        if self._cells:
            self._rows.append(self._cells)
            self._cells = []
        if self._rows:
            self._content.append(Table(self._rows))
            self._rows = []
