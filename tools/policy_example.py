"""One passage under every preset, for docs/policy.md: ``python tools/policy_example.py`` prints the table."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from anonymizer.detection.finding import Finding  # noqa: E402
from anonymizer.entities.linking import link  # noqa: E402
from anonymizer.keystore.view import KeyView  # noqa: E402
from anonymizer.policy.load import PRESETS, load_policy  # noqa: E402
from anonymizer.pseudonyms.assign import BatchItem, assign  # noqa: E402
from anonymizer.pseudonyms.replace import replacements  # noqa: E402
from anonymizer.redaction import redact  # noqa: E402
from anonymizer.roster import Person, Roster  # noqa: E402
from anonymizer.transcript import Speaker, Transcript, Turn  # noqa: E402

EXAMPLE = (
    "I'm Katherine Osei, I moved to Porto in March 2019, when I was 34, for Lumenworks Robotics. My sister "
    "Nadia Brandt works there too; I'm the only woman on the team. Our product is Glowbot. We train on Google's "
    "machines with the Adam optimizer, since last spring. Write to kat@lumen.example."
)
MENTIONS = (
    ("Katherine Osei", "PERSON", "direct"),
    ("Porto", "LOCATION", "tied"),
    ("March 2019", "DATE", "tied"),
    ("34", "AGE", "tied"),
    ("Lumenworks Robotics", "ORGANIZATION", "tied"),
    ("Nadia Brandt", "PERSON", "direct"),
    ("the only woman on the team", "ROLE", "situation"),
    ("Glowbot", "PRODUCT", "tied"),
    ("Google", "ORGANIZATION", "general"),
    ("Adam", "PERSON", "technical"),
    ("last spring", "DATE", "relative"),
    ("kat@lumen.example", "EMAIL", "direct"),
)


def under(preset: str) -> str:
    """The example as a preset's output reads."""
    policy = load_policy(preset)
    transcript = Transcript("example", (Turn(0, "B", EXAMPLE),))
    findings = [
        Finding(0, EXAMPLE.index(text), EXAMPLE.index(text) + len(text), kind, context, 1.0, ("reviewer",), "example")
        for text, kind, context in MENTIONS
    ]
    roster = Roster((Person("Katherine Osei", code="P07"),))
    speakers = (Speaker("B", "participant", "P07"),)
    linked = link(transcript, findings, roster, speakers)
    decisions = policy.decide(transcript, linked)
    view = KeyView("example", 1, roster, (), (), frozenset({"P07"}), b"0" * 32, b"0" * 32)
    assigned = assign([BatchItem("P07-1", transcript, linked, decisions, ("P07",), speakers)], view, policy)
    return redact(EXAMPLE, replacements(transcript, decisions, assigned.labels["P07-1"], policy))[0]


def table() -> str:
    """Markdown: a row a preset."""
    rows = ["| policy | reads |", "| --- | --- |", f"| *received* | {EXAMPLE} |"]
    return "\n".join([*rows, *(f"| `{preset}` | {under(preset)} |" for preset in PRESETS)])


if __name__ == "__main__":
    print(table())
