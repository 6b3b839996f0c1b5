"""Documents made up for the tests: a protocol about bicycles and interviews under it."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from anonymizer.protocol.document import parse_protocol, read_protocol
from anonymizer.protocol.model import Protocol
from anonymizer.protocol.tagging import Tagger
from anonymizer.review import marks
from anonymizer.study import Study, create_study
from anonymizer.transcript import Transcript, Turn

BICYCLES = """Interviews about bicycles

Background

1. How long have you been riding a bicycle?
   a) Who taught you to ride?
2. What kind of bicycle do you own now?
3. How far is it from your home to your work?

Repairs

1. What do you repair yourself?
   a) Which tools do you use for repairs?
   b) *Can you tell me about a repair that failed?
2. When do you take the bicycle to a shop?

City

1. How safe do you feel in the traffic of your city?
2. What should the city change for cyclists?
3. *Is there anything else you want to tell us?
"""

TALK = (
    ("Interviewer", "Hello, can you hear me? The recording is on now, and you signed the consent form."),
    ("Participant", "Yes, I can hear you well. The form is signed."),
    ("Interviewer", "So, how long have you been riding a bicycle?"),
    ("Participant", "Since I was six, so more than thirty years. I rode to school every day."),
    ("Interviewer", "And who taught you?"),
    ("Participant", "My grandfather did, on a red child's bicycle behind the barn."),
    ("Interviewer", "What kind of bicycle do you have now?"),
    ("Participant", "A steel touring bicycle with a rack, and an old folding one for the train."),
    ("Interviewer", "How far is it to work?"),
    ("Participant", "Nine kilometres each way, mostly along the river."),
    ("Interviewer", "What do you repair yourself?"),
    ("Participant", "Tubes, brakes, the chain. I change the cables every spring."),
    ("Interviewer", "Which tools do you need for that?"),
    ("Participant", "Hex keys, a chain tool, tyre levers and a good pump."),
    ("Interviewer", "When would you take it to a shop?"),
    ("Participant", "When the bottom bracket creaks. I have no press for the bearings."),
    ("Interviewer", "How safe do you feel in the city traffic?"),
    ("Participant", "On the ring road not at all, cars pass too close there."),
    ("Interviewer", "And what should the city change for people on bicycles?"),
    ("Participant", "Separate lanes, and traffic lights that notice a bicycle."),
    ("Interviewer", "Thank you so much. I will send you the voucher by email."),
    ("Participant", "Thanks, bye!"),
)

GOLD = (
    None, None, "background.1", "background.1", "background.1.a", "background.1.a", "background.2", "background.2",
    "background.3", "background.3", "repairs.1", "repairs.1", "repairs.1.a", "repairs.1.a", "repairs.2", "repairs.2",
    "city.1", "city.1", "city.2", "city.2", None, None,
)  # fmt: skip


@pytest.fixture(scope="session")
def bicycles() -> Protocol:
    """The protocol about bicycles."""
    return parse_protocol(BICYCLES.encode(), "bicycles.txt")


@pytest.fixture(scope="session")
def talk() -> Transcript:
    """An interview under it."""
    return make(TALK)


@pytest.fixture(scope="session")
def gold() -> tuple[str | None, ...]:
    """What its turns are about."""
    return GOLD


def make(rows: tuple[tuple[str | None, str], ...], name: str = "talk") -> Transcript:
    """A transcript of (speaker, text)."""
    return Transcript(name, tuple(Turn(i, speaker, text) for i, (speaker, text) in enumerate(rows)))


@pytest.fixture(scope="session")
def transcript() -> Callable[..., Transcript]:
    """Makes transcripts of (speaker, text)."""
    return make


def zipped(parts: dict[str, str]) -> bytes:
    """A zip file of text parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return target.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_LEVELS = (("decimal", "%1."), ("lowerLetter", "%2)"), ("lowerRoman", "%3."))


@pytest.fixture(scope="session")
def docx() -> Callable[..., bytes]:
    """Makes DOCX files; paragraphs are (style or list level or None, text)."""

    def build(paragraphs: list[tuple[str | int | None, str]], body: str = "") -> bytes:
        out = []
        for kind, text in paragraphs:
            properties = ""
            if isinstance(kind, str):
                properties = f'<w:pPr><w:pStyle w:val="{kind}"/></w:pPr>'
            elif kind is not None:
                number = 2 if kind >= 10 else 1
                properties = (
                    f'<w:pPr><w:numPr><w:ilvl w:val="{kind % 10}"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'
                )
            out.append(f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>")
        levels = "".join(
            f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
            for i, (form, text) in enumerate(_LEVELS)
        )
        return zipped(
            {
                "word/document.xml": f"<w:document {W}><w:body>{''.join(out)}{body}</w:body></w:document>",
                "word/numbering.xml": f'<w:numbering {W}><w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>'
                '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
                '<w:num w:numId="2"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
                "</w:lvlOverride></w:num></w:numbering>",
                "word/styles.xml": f'<w:styles {W}><w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
                f'<w:style w:styleId="Sub"><w:name w:val="x"/><w:basedOn w:val="H1"/></w:style></w:styles>',
            }
        )

    return build


_ODT = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
)


@pytest.fixture(scope="session")
def odt() -> Callable[[str], bytes]:
    """Makes ODT files of a body in OpenDocument's XML, with a list style L: 1. a) i."""

    def build(body: str) -> bytes:
        levels = "".join(
            f'<text:list-level-style-number text:level="{i}" style:num-format="{form}" style:num-suffix="{end}"/>'
            for i, (form, end) in enumerate((("1", "."), ("a", ")"), ("i", ".")), 1)
        )
        return zipped(
            {
                "content.xml": f"<office:document-content {_ODT}><office:automatic-styles>"
                f'<text:list-style style:name="L">{levels}</text:list-style></office:automatic-styles>'
                f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
            }
        )

    return build


@pytest.fixture
def bicycles_file(tmp_path: Path) -> Path:
    """The protocol about bicycles as a file."""
    path = tmp_path / "bicycles.txt"
    path.write_text(BICYCLES)
    return path


@pytest.fixture
def talk_file(tmp_path: Path, talk: Transcript) -> Path:
    """The interview about bicycles as a canonical transcript."""
    path = tmp_path / "talk.json"
    path.write_text(json.dumps({"turns": [{"speaker": turn.speaker, "text": turn.text} for turn in talk]}))
    return path


@pytest.fixture
def study(tmp_path: Path, talk: Transcript, bicycles_file: Path, talk_file: Path) -> Study:
    """A study with one prepared interview."""
    made = create_study(tmp_path / "study", protocol=bicycles_file, title="T", ends_on=datetime.date(2030, 1, 1))
    received = talk_file.read_bytes()
    (made.received / "talk.json").write_bytes(received)
    tags = Tagger(read_protocol(made.protocol)).tag(talk)
    marks.save(made.review, marks.Marks(made.transcript_id(received), "P01-1", "0" * 64, len(talk.turns), tags=tags))
    return made
