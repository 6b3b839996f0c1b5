"""REFI-QDA: the study as a project (.qdpx) and the protocol as a codebook (.qdc), for programs such as ATLAS.ti.

Codes are the protocol's questions, below their sections; each turn is a selection with its question's code;
participants are cases with the attributes that were kept as variables. Rules that programs were seen to need: an ``internal://``
path, names and dates everywhere, line feeds, composed characters, none beyond the basic plane, ends exclusive.

Every GUID is an HMAC under a secret of the study: one derived from a name in a public namespace can be confirmed by
guessing the name. Selections are named by the question and never by a snippet of text, as programs do.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from anonymizer._version import __version__
from anonymizer.export.container import pack
from anonymizer.export.headings import NOTICE, flat
from anonymizer.export.released import ReleasedTranscript, ReleasedTurn
from anonymizer.protocol.model import Protocol, Question

PROJECT = "urn:QDA-XML:project:1.0"
CODEBOOK = "urn:QDA-XML:codebook:1.0"
USER = "pseudonymization"
_ROOT = "Protocol"
_COLOURS = ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#BBBBBB")
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class _Guids:
    secret: bytes = field(repr=False)

    def __call__(self, *parts: str) -> str:
        digest = hmac.new(self.secret, "\x1f".join(("refi", *parts)).encode(), hashlib.sha256).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}".upper()


@dataclass(frozen=True, slots=True)
class _Source:
    """A transcript's plain text and where its turns lie in it."""

    text: str
    spans: tuple[tuple[ReleasedTurn, int, int], ...]


def plain(text: str) -> str:
    """One line, composed, within the basic plane: programs that count UTF-16 units shift after each emoji.

    An emoji becomes its name in brackets; another character beyond the plane its compatible form, or U+FFFD.
    """
    out: list[str] = []
    for char in unicodedata.normalize("NFC", flat(text)):
        if ord(char) <= 0xFFFF:
            out.append(char)
            continue
        compatible = unicodedata.normalize("NFKC", char)
        if all(ord(c) <= 0xFFFF for c in compatible):
            out.append(compatible)
        elif unicodedata.category(char) == "So":
            out.append(f"[{unicodedata.name(char, 'symbol').lower()}]")
        elif unicodedata.category(char) not in ("Sk", "Mn", "Cf"):
            out.append("\ufffd")
    return "".join(out)


def _source(released: ReleasedTranscript) -> _Source:
    text = "" if released.reviewed else f"[{NOTICE}]\n\n"
    spans: list[tuple[ReleasedTurn, int, int]] = []
    for turn in released.turns:
        line = f"{turn.speaker}: {plain(turn.text)}".rstrip()
        spans.append((turn, len(text), len(text) + len(line)))
        text += f"{line}\n\n"
    return _Source(text, tuple(spans))


def _codes(parent: Element, namespace: str, protocol: Protocol, guid: _Guids) -> None:
    """``Codes`` of the protocol: a root, its sections, their questions, nested as the protocol nests them."""
    codes = SubElement(parent, f"{{{namespace}}}Codes")
    tag = f"{{{namespace}}}Code"
    root = SubElement(codes, tag, guid=guid("code", ""), name=_ROOT, isCodable="false")
    sections: dict[str, Element] = {}
    questions: dict[str, Element] = {}
    for question in protocol.questions:
        if question.section not in sections:
            name = plain(question.section) or "Questions"
            sections[question.section] = SubElement(
                root, tag, guid=guid("section", question.section), name=name, isCodable="false"
            )
        above = questions.get(question.parent or "", sections[question.section])
        colour = _COLOURS[(len(sections) - 1) % len(_COLOURS)]
        element = SubElement(
            above, tag, guid=guid("question", question.id), name=_name(question), isCodable="true", color=colour
        )
        # the schema wants the description before nested codes
        SubElement(element, f"{{{namespace}}}Description").text = plain(question.text)
        questions[question.id] = element


def _name(question: Question) -> str:
    name = f"{question.id} {plain(question.text)}"
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def _xml(root: Element) -> bytes:
    indent(root, " ")
    body: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode("utf-8", "replace")


def render_qdc(protocol: Protocol, *, secret: bytes) -> bytes:
    """The protocol as a codebook.

    Args:
        protocol: Its questions become codes.
        secret: Of the study, for the GUIDs; the project has the same ones.
    """
    root = Element(f"{{{CODEBOOK}}}CodeBook", origin=f"anonymizer {__version__}")
    _codes(root, CODEBOOK, protocol, _Guids(secret))
    return _named(_xml(root), CODEBOOK)


def _named(data: bytes, namespace: str) -> bytes:
    """The default namespace in place of ElementTree's prefix; programs were seen to look for bare names."""
    return data.replace(b"<ns0:", b"<").replace(b"</ns0:", b"</").replace(b"xmlns:ns0=", b"xmlns=", 1)


def render_qdpx(
    transcripts: Sequence[ReleasedTranscript],
    protocol: Protocol,
    *,
    secret: bytes,
    created: str,
    name: str = "Interviews",
) -> bytes:
    """The whole study as a project.

    Args:
        transcripts: In the order in which they are to appear.
        protocol: Its questions become codes.
        secret: Of the study, for the GUIDs.
        created: ``2026-01-31T00:00:00Z``: programs do not read a project without.
        name: Shown as the project's name.
    """
    guid = _Guids(secret)
    stamped = {"creatingUser": guid("user"), "creationDateTime": created}
    q = f"{{{PROJECT}}}"
    root = Element(
        f"{q}Project",
        name=plain(name),
        origin=f"anonymizer {__version__}",
        creatingUserGUID=guid("user"),
        creationDateTime=created,
    )
    SubElement(SubElement(root, f"{q}Users"), f"{q}User", guid=guid("user"), name=USER, id=USER)
    _codes(SubElement(root, f"{q}CodeBook"), PROJECT, protocol, guid)
    _variables(root, transcripts, guid)
    _cases(root, transcripts, guid)
    members: list[tuple[str, bytes]] = []
    if transcripts:
        sources = SubElement(root, f"{q}Sources")
    known = {question.id for question in protocol.questions}
    for released in transcripts:
        made = _source(released)
        path = guid("file", released.code)
        members.append((f"sources/{path}.txt", made.text.encode("utf-8", "replace")))
        source = SubElement(
            sources,
            f"{q}TextSource",
            {
                "guid": guid("source", released.code),
                "name": released.code,
                "plainTextPath": f"internal://{path}.txt",
                **stamped,
            },
        )
        for position, (turn, start, end) in enumerate(made.spans):
            here = (released.code, str(position))
            coded = turn.question if turn.question in known else None
            selection = SubElement(
                source,
                f"{q}PlainTextSelection",
                {
                    "guid": guid("selection", *here),
                    "name": coded or turn.speaker,
                    "startPosition": str(start),
                    "endPosition": str(end),
                    **stamped,
                },
            )
            if coded:
                coding = SubElement(selection, f"{q}Coding", {"guid": guid("coding", *here), **stamped})
                SubElement(coding, f"{q}CodeRef", targetGUID=guid("question", coded))
    return pack([("project.qde", _named(_xml(root), PROJECT)), *members])


def _variables(root: Element, transcripts: Sequence[ReleasedTranscript], guid: _Guids) -> None:
    names = sorted({name for t in transcripts for _, name, _ in t.attributes})
    if not names:
        return
    variables = SubElement(root, f"{{{PROJECT}}}Variables")
    for name in names:
        SubElement(
            variables, f"{{{PROJECT}}}Variable", guid=guid("variable", name), name=plain(name), typeOfVariable="Text"
        )


def _cases(root: Element, transcripts: Sequence[ReleasedTranscript], guid: _Guids) -> None:
    """A case for each participant: of a group interview their own turns, otherwise the whole source."""
    q = f"{{{PROJECT}}}"
    codes = sorted({code for t in transcripts for code in t.participants})
    if not codes:
        return
    cases = SubElement(root, f"{q}Cases")
    for code in codes:
        case = SubElement(cases, f"{q}Case", guid=guid("case", code), name=code)
        values = {name: value for t in transcripts for who, name, value in t.attributes if who == code}
        for name, value in sorted(values.items()):
            element = SubElement(case, f"{q}VariableValue")
            SubElement(element, f"{q}VariableRef", targetGUID=guid("variable", name))
            SubElement(element, f"{q}TextValue").text = plain(value)
        theirs = [t for t in transcripts if code in t.participants]
        for released in theirs:
            if len(released.participants) == 1:
                SubElement(case, f"{q}SourceRef", targetGUID=guid("source", released.code))
        for released in theirs:
            if len(released.participants) > 1:
                for position, turn in enumerate(released.turns):
                    if turn.speaker == code:
                        SubElement(case, f"{q}SelectionRef", targetGUID=guid("selection", released.code, str(position)))
