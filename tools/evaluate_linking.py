"""Measure linking with perfect detection: the gold mentions go in, entities come out, ../shared/tools/score.py scores.

    python tools/evaluate_linking.py [--shared ../shared] [--only s01,s03] [--roster] [--lower] [--misses]

Interviews s01, s03, s06 and t1 were looked at while the rules were written; report the others.
What `anonymizer detect` finds is scored by `score.py link` on its own output.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from anonymizer.detection.finding import Finding
from anonymizer.entities.entity import Linked
from anonymizer.entities.linking import link
from anonymizer.roster import EMPTY, Person, Roster
from anonymizer.transcript import Transcript, Turn

TYPES = {"ORG": "ORGANIZATION", "TECH": "TECHNOLOGY", "CONTACT": "EMAIL"}
CONTEXTS = {"direct": "direct", "quasi": "tied", "keep": "general"}
LOOKED_AT = ("s01", "s03", "s06", "t1")


def findings(document: dict) -> list[Finding]:
    """The gold mentions as findings; overlapping ones are dropped."""
    result: list[Finding] = []
    for e in sorted(document["entities"], key=lambda e: (e["turn"], e["start"], -e["end"])):
        if result and result[-1].turn == e["turn"] and result[-1].end > e["start"]:
            continue
        context = CONTEXTS[e["mask"]]
        if e["label"] == "TECH" or (e["label"] == "PERSON" and context == "general"):
            context = "technical"
        result.append(
            Finding(
                turn=e["turn"],
                start=e["start"],
                end=e["end"],
                entity_type=TYPES.get(e["label"], e["label"]),
                context=context,
                score=1.0,
                sources=("reviewer",),
                reason="gold",
            )
        )
    return result


def roster(document: dict) -> Roster:
    """What a study would know beforehand: the participant and the interviewer."""
    person = document["participant"]
    return Roster(
        (
            Person(name=person["name"], email=person["email"], organization=(person["organization"],)),
            Person(name=document["interviewer"], role="interviewer"),
        )
    )


def equal_strings(document: dict, linked: Linked) -> Linked:
    """The baseline: mentions of the same type and words, case aside, are one."""
    words = [document["turns"][f.turn]["text"][f.start : f.end].casefold() for f in linked.findings]
    return replace(linked, entity_of=tuple(f"{f.entity_type} {w}" for f, w in zip(linked.findings, words, strict=True)))


def predict(document: dict, *, with_roster: bool, baseline: bool) -> dict:
    """One line of ``anonymizer detect`` output, from the gold mentions."""
    turns = tuple(Turn(i, t["speaker"], t["text"]) for i, t in enumerate(document["turns"]))
    linked = link(Transcript(document["id"], turns), findings(document), roster(document) if with_roster else EMPTY)
    if baseline:
        linked = equal_strings(document, linked)
    rows: dict[int, list[dict]] = {}
    for finding, entity in zip(linked.findings, linked.entity_of, strict=True):
        action = "keep" if finding.context in ("general", "technical") else "pseudonymize"
        rows.setdefault(finding.turn, []).append(
            {
                "start": finding.start,
                "end": finding.end,
                "entity_type": finding.entity_type,
                "entity": entity,
                "action": action,
            }
        )
    return {
        "transcript": document["id"],
        "turns": [{"index": i, "findings": rows.get(i, [])} for i in range(len(turns))],
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--only", help="ids, separated by commas; default: those not looked at")
    parser.add_argument("--looked-at", action="store_true")
    parser.add_argument("--roster", action="store_true", help="participant and interviewer are known beforehand")
    parser.add_argument("--equal-strings", action="store_true", help="the baseline: equal words are one entity")
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    gold = options.shared / "corpus" / "protocol"
    if not gold.is_dir():
        sys.exit(f"no corpus at {gold}: not measured")
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(gold.glob("*.json"))]
    wanted = options.only.split(",") if options.only else None
    documents = [d for d in documents if (d["id"] in wanted if wanted else (d["id"] in LOOKED_AT) == options.looked_at)]
    with tempfile.TemporaryDirectory() as folder:
        lines = [json.dumps(predict(d, with_roster=options.roster, baseline=options.equal_strings)) for d in documents]
        predictions = Path(folder) / "predictions.jsonl"
        predictions.write_text("\n".join(lines) + "\n", encoding="utf-8")
        chosen = Path(folder) / "gold"
        chosen.mkdir()
        for document in documents:
            (chosen / f"{document['id']}.json").symlink_to((gold / f"{document['id']}.json").resolve())
        command = [sys.executable, str(options.shared / "tools" / "score.py"), "link", str(chosen), str(predictions)]
        print("interviews:", ", ".join(d["id"] for d in documents), flush=True)
        sys.exit(subprocess.run([*command, *(["--misses"] if options.misses else [])], check=False).returncode)


if __name__ == "__main__":
    main()
