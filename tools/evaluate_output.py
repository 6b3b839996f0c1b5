"""Originals left, and words to keep still there, in what a whole study releases.

Each gold interview under a protocol is put through init, key init, participants, run and release with a roster of
the participant's and interviewer's names, organization and e-mail; the released JSON is scored by ``score.py output``.

    python tools/evaluate_output.py ../shared/corpus
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from commands import anonymizer


def study_of(gold: list[dict], protocol: Path, folder: Path) -> dict[str, Path]:  # type: ignore[type-arg]
    """Run a study over interviews of one protocol; gold id -> released JSON."""
    study, keys = folder / "study", folder / "keys"
    keys.mkdir(parents=True)
    (folder / "stick").mkdir()
    anonymizer("init", study, "--protocol", protocol, "--title", "Evaluation", "--ends-on", "2099-01-01")
    anonymizer(
        "key", "init", "--study", study, "--keys", keys, "--shred", folder / "stick" / "study.shred",
        "--holder", "evaluation", "--no-paper", "--no-passphrase",
    )  # fmt: skip
    roster = folder / "roster.csv"
    with roster.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["name", "aliases", "email", "organization", "role"])
        interviewers = {d["interviewer"] for d in gold}
        for d in gold:
            person = d["participant"]
            table.writerow([person["name"], "", person["email"], person["organization"].split(" (")[0], "participant"])
        for name in sorted(interviewers):
            table.writerow([name, "", "", "", "interviewer"])
    anonymizer("participants", "import", roster, "--study", study)
    listed = anonymizer("participants", "list", "--names", "--format", "csv", "--study", study)
    codes = {row["name"]: row["code"] for row in csv.DictReader(io.StringIO(listed))}
    released = {}
    for d in gold:
        turns = [{"speaker": t["speaker"], "text": t["text"]} for t in d["turns"]]
        (study / "private" / "received" / f"{d['id']}.json").write_text(json.dumps({"turns": turns}))
        code = codes[d["participant"]["name"]]
        anonymizer("participants", "link", f"{d['id']}.json", code, "--study", study)
        released[d["id"]] = study / "anonymized" / f"{code}-1.json"
    settings = study / "study.toml"
    settings.write_text(settings.read_text().replace('review = "required"', 'review = "optional"'))
    anonymizer("run", "--quiet", "--study", study, allowed=(0, 3))
    done = json.loads(anonymizer("release", "--json", "--study", study, allowed=(0, 4, 5)))
    for code, places in done["refused"].items():
        print(f"refused by the gate: {code}, {len(places)} places: {', '.join(places[:6])}")
    print(f"{gold[0]['protocol']}: released {len(done['released'])}, hits excused by a keep {done['excused']}")
    return released


def main(corpus: Path) -> None:
    """Print score.py's table."""
    if not corpus.is_dir():
        print("not measured: ../shared/corpus is not there")
        return
    score = corpus.parent / "tools" / "score.py"
    groups = defaultdict(list)
    for path in sorted((corpus / "protocol").glob("*.json")):
        d = json.loads(path.read_text())
        groups[d["protocol"]].append(d)
    with tempfile.TemporaryDirectory() as scratch:
        mapping, together = {}, Path(scratch) / "released"
        together.mkdir()
        for protocol, gold in groups.items():
            document = corpus.parent / "protocols" / f"{protocol}.txt"
            for id, path in study_of(gold, document, Path(scratch) / protocol).items():
                if path.exists():
                    (together / f"{id}.json").write_bytes(path.read_bytes())
                mapping[id] = id
        (Path(scratch) / "map.json").write_text(json.dumps(mapping))
        print("## Released by a whole study (score.py output, corpus/protocol, with roster, unreviewed)", flush=True)
        subprocess.run(
            [sys.executable, score, "output", corpus / "protocol", together, "--map", Path(scratch) / "map.json"]
            + (["--misses"] if "--misses" in sys.argv else []),
            check=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/corpus"))
