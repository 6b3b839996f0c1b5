"""How good detection is: one table, beside a stock Presidio.

    python tools/evaluate_detection.py [--no-stock] [--only NAME,...] [--output FILE]

Sets: the corpus in ../shared/corpus where it is there (the table says which part was used for training or choosing),
the invented transcripts of tests/detection/data/gold, contacts said aloud, and the same sentences with names of many
origins. "lower" is the same text without capitals, "numbered" the same with speaker labels that hold no names.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from cases import contact_rates, fairness
from gold import CORPUS, ROOT, Document, corpus, invented, own, roster_of, set_aside, talk, transcript_of
from scoring import COLUMNS, Found, score

from anonymizer.detection.detector import Detector
from anonymizer.entities.linking import link
from anonymizer.policy.load import load_policy
from anonymizer.roster import EMPTY, Roster
from anonymizer.transcript import Transcript

Finder = Callable[[Transcript, Roster], dict[int, list[Found]]]


def ours() -> Finder:
    """Everything that ``anonymizer detect`` does."""
    detector = Detector()
    policy = load_policy("default")

    def find(transcript: Transcript, roster: Roster) -> dict[int, list[Found]]:
        linked = link(transcript, detector.detect(transcript, roster), roster)
        rows: dict[int, list[Found]] = {}
        for d in policy.decide(transcript, linked):
            rows.setdefault(d.turn, []).append((d.start, d.end, d.action != "keep", d.review))
        return rows

    return find


def stock() -> Finder:
    """Presidio as it comes, with the same spaCy model and all its entities."""
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    from anonymizer.detection import engine, model

    engine.quiet()
    loaded = spacy.load(model.model_folder(model.DEFAULT) or model.DEFAULT)

    class Loaded(SpacyNlpEngine):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": model.DEFAULT}])
            self.nlp = {"en": loaded}

        def load(self) -> None:
            """Nothing to load."""

    analyzer = AnalyzerEngine(nlp_engine=Loaded(), supported_languages=["en"])

    def find(transcript: Transcript, roster: Roster) -> dict[int, list[Found]]:
        return {
            turn.index: [(r.start, r.end, True, False) for r in analyzer.analyze(turn.text, "en")]
            for turn in transcript
        }

    return find


def sets() -> Iterator[tuple[str, list[Document], bool]]:
    """(name, documents, whether they carry a roster)."""
    if CORPUS.is_dir():
        protocol = corpus("protocol")
        yield "real, dev", corpus("real", "dev"), False
        yield "protocol, re-engineering", [d for d in protocol if d["protocol"] == "reengineering"], True
        yield "protocol, teaching", [d for d in protocol if d["protocol"] != "reengineering"], True
        yield "real, train (trained on)", corpus("real", "train"), False
    yield "invented, set aside", [d for d in (*invented(), *talk()) if set_aside(d)], True
    yield "own gold", own(), True


def measure(find: Finder, documents: Sequence[Document], *, lower: bool, numbered: bool, known: bool) -> list[str]:
    """One row of figures."""
    found = {}
    for document in documents:
        transcript = transcript_of(document, lower=lower, numbered=numbered)
        found[document["id"]] = find(transcript, roster_of(document) if known else EMPTY)
    return ["not measured" if v is None else f"{v:.3f}" for v in score(documents, found).row()]


def table(*, with_stock: bool, only: Sequence[str]) -> Iterator[str]:
    """Lines of the report."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    yield f"Measured {datetime.date.today().isoformat()}, commit {commit.stdout.strip() or 'unknown'}."
    yield ""
    yield "| set | finder | " + " | ".join(COLUMNS) + " |"
    yield "|---|---|" + "---|" * len(COLUMNS)
    finders: list[tuple[str, Finder]] = [("anonymizer", ours())]
    if with_stock:
        finders.append(("stock Presidio", stock()))
    for name, documents, has_roster in sets():
        if only and not any(part in name for part in only):
            continue
        variants = [("", {}), (", lower", {"lower": True}), (", numbered", {"numbered": True})]
        if has_roster:
            variants += [(", roster", {"known": True}), (", lower, roster", {"lower": True, "known": True})]
        for suffix, options in variants:
            settings = {"lower": False, "numbered": False, "known": False, **options}
            for label, find in finders:
                if label != "anonymizer" and (settings["known"] or settings["numbered"]):
                    continue
                yield f"| {name}{suffix} | {label} | " + " | ".join(measure(find, documents, **settings)) + " |"
    yield ""
    for label, find in finders:
        shares = ", ".join(f"{kind} {value:.2f}" for kind, value in contact_rates(find).items())
        yield f"Contacts and ids said aloud or written, hidden whole, {label}: {shares}."
    yield ""
    yield "Names by origin in the same sentences, share hidden (cased / lower case), anonymizer:"
    yield ""
    yield "| origin | cased | lower |"
    yield "|---|---|---|"
    for origin, (cased, low) in fairness(finders[0][1]).items():
        yield f"| {origin} | {cased:.3f} | {low:.3f} |"


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-stock", action="store_true", help="leave out the slow comparison")
    parser.add_argument("--only", default="", help="parts of set names, separated by commas")
    parser.add_argument("--output", type=Path, help="write here too")
    a = parser.parse_args()
    lines = []
    for line in table(with_stock=not a.no_stock, only=[p for p in a.only.split(",") if p]):
        print(line, flush=True)
        lines.append(line)
    if a.output:
        a.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
