"""Gold transcripts: those of ../shared/corpus, and the invented ones in tests/detection/data/gold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from anonymizer.roster import EMPTY, Person, Roster
from anonymizer.transcript import Transcript, Turn

ROOT = Path(__file__).parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
OWN = ROOT / "tests" / "detection" / "data" / "gold"
INVENTED = ROOT / "tools" / "interviews"
TALK = ROOT / "tools" / "talk"
# invented texts that nothing is trained on: to choose by, and to report on
SET_ASIDE = frozenset(
    """
    museum robots novels ranking guides midwives
    """.split()  # noqa: SIM905
)
TALK_SET_ASIDE = frozenset({12, 18})
_MARKS = {
    "P": ("PERSON", "direct"), "Q": ("PERSON", "quasi"), "O": ("ORG", "quasi"), "L": ("LOCATION", "quasi"),
    "D": ("DATE", "quasi"), "A": ("AGE", "quasi"), "C": ("CONTACT", "direct"), "I": ("ID", "direct"),
    "R": ("PRODUCT", "quasi"), "T": ("TECH", "keep"), "K": ("ORG", "keep"), "G": ("LOCATION", "keep"),
    "N": ("PERSON", "keep"), "U": ("ID", "quasi"),
}  # fmt: skip
_MARK = re.compile(r"\{([A-Z])(\d*):([^{}]+)\}")
_ASKED = re.compile(r"\[(\S+) (ask|answer|probe|other)\] ")

Document = dict[str, Any]


def lowered(text: str) -> str:
    """Lower case that keeps offsets."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def parse_marked(text: str) -> Document:
    """A transcript in the marks that tests/detection/data/gold/README.md describes, or tools/interviews/README.md.

    Raises:
        ValueError: A line without a speaker or a mark that is none.
    """
    head: dict[str, str] = {}
    turns: list[dict[str, Any]] = []
    entities: list[dict[str, Any]] = []
    for line in text.splitlines():
        if line.startswith("# "):
            key, _, value = line[2:].partition(": ")
            head[key] = value
        elif line.strip():
            asked = _ASKED.match(line)
            speaker, colon, marked = (line[asked.end() :] if asked else line).partition(": ")
            if not colon:
                raise ValueError(f"no speaker: {line[:40]}")
            plain = ""
            position = 0
            for match in _MARK.finditer(marked):
                plain += marked[position : match.start()]
                if match[1] not in _MARKS:
                    raise ValueError(f"unknown mark {match[1]}: {line[:40]}")
                label, mask = _MARKS[match[1]]
                entity = {"turn": len(turns), "start": len(plain), "end": len(plain) + len(match[3]), "text": match[3],
                          "label": label, "mask": mask}  # fmt: skip
                if match[2]:
                    entity["entity"] = match[1] + match[2]
                entities.append(entity)
                plain += match[3]
                position = match.end()
            plain += marked[position:]
            if "{" in plain or "}" in plain:
                raise ValueError(f"a brace that is no mark: {line[:40]}")
            turn: dict[str, Any] = {"speaker": speaker, "text": plain}
            if asked:
                turn |= {"question": None if asked[1] == "-" else asked[1], "kind": asked[2]}
            turns.append(turn)
    name, email, organization = (part.strip() for part in head["participant"].split(";"))
    return {
        "id": head["id"],
        "turns": turns,
        "entities": entities,
        "participant": {"name": name, "email": email, "organization": organization},
        "interviewer": head["interviewer"],
        **{key: head[key] for key in ("protocol", "style") if key in head},
    }


def own() -> list[Document]:
    """The invented transcripts."""
    return [parse_marked(path.read_text(encoding="utf-8")) for path in sorted(OWN.glob("*.txt"))]


def invented() -> list[Document]:
    """The interviews under invented protocols, in tools/interviews."""
    return [parse_marked(path.read_text(encoding="utf-8")) for path in sorted(INVENTED.glob("*/[0-9].txt"))]


def talk() -> list[Document]:
    """Invented podcasts and hearings, in tools/talk."""
    return [parse_marked(path.read_text(encoding="utf-8")) for path in sorted(TALK.glob("*.txt"))]


def set_aside(document: Document) -> bool:
    """Whether an invented document is kept from all training."""
    field, _, number = document["id"].rpartition("-")
    return int(number) in TALK_SET_ASIDE if field == "talk" else field in SET_ASIDE


def corpus(kind: str, split: str | None = None) -> list[Document]:
    """Gold documents of ../shared/corpus; empty where it is not there."""
    documents = [json.loads(p.read_text(encoding="utf-8")) for p in sorted((CORPUS / kind).glob("*.json"))]
    return [d for d in documents if split is None or d["split"] == split]


def transcript_of(document: Document, *, lower: bool = False, numbered: bool = False) -> Transcript:
    """A gold document as it would be received."""
    seen: dict[str, int] = {}
    turns = []
    for index, turn in enumerate(document["turns"]):
        speaker = turn["speaker"]
        if numbered and speaker is not None:
            speaker = f"Speaker {seen.setdefault(speaker, len(seen) + 1)}"
        turns.append(Turn(index, speaker, lowered(turn["text"]) if lower else turn["text"]))
    return Transcript(document["id"], tuple(turns))


def roster_of(document: Document) -> Roster:
    """What a team knows beforehand: the participant's and the interviewer's names, the organization, the e-mail."""
    person = document.get("participant")
    if not person:
        return EMPTY
    return Roster(
        (
            Person(person["name"], email=person["email"], organization=(person["organization"],)),
            Person(document["interviewer"], role="interviewer"),
        )
    )
