"""How fast: start-up, each stage, the whole run, beside Presidio and bare spaCy on the same texts in one process.

    python tools/bench.py ../shared/corpus [--words 40000] [--rounds 3]

Prints a table and, as its last lines, the ratios. Medians of the rounds; words are white-space separated.
Where the corpus is absent the texts are those of examples/, repeated.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from commands import ROOT, anonymizer

sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")


def interviews(corpus: Path, words: int) -> list[list[dict[str, str]]]:
    """Turn lists of whole transcripts, about ``words`` words together."""
    found: list[list[dict[str, str]]] = []
    total = 0
    for path in sorted((corpus / "unlabelled").glob("*.txt")):
        turns = []
        for line in path.read_text(encoding="utf-8").splitlines():
            speaker, colon, text = line.partition(": ")
            if colon and text.strip():
                turns.append({"speaker": speaker, "text": text})
        # pieces of about 5,000 words, the length of an interview of this kind
        size, piece = 0, []
        for turn in turns:
            piece.append(turn)
            size += len(turn["text"].split())
            if size >= 5000:
                break
        found.append(piece)
        total += size
        if total >= words:
            return found
    from anonymizer.intake.reader import read

    examples = [
        [{"speaker": t.speaker or "", "text": t.text} for t in read(path).turns]
        for path in sorted((ROOT / "examples" / "received").iterdir())
    ]
    while total < words and not found[50:]:
        found.extend(examples)
        total += sum(len(t["text"].split()) for e in examples for t in e)
    return found


def median_seconds(
    rounds: int, work: Callable[[], object], before: Callable[[], object] = lambda: None
) -> tuple[float, float]:
    """Median seconds by the clock, and of the processor in this process.

    The first counts waiting for the disk, and for whatever else the computer does; the second neither.
    """
    clock, processor = [], []
    for _ in range(rounds):
        before()
        begin = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - begin[0])
        processor.append(time.process_time() - begin[1])
    return statistics.median(clock), statistics.median(processor)


def startup(rounds: int) -> float:
    """Seconds of ``anonymizer --help``."""
    command = [sys.executable, "-m", "anonymizer", "--help"]
    return median_seconds(rounds, lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT))[0]


def make_study(folder: Path, documents: list[list[dict[str, str]]]):  # type: ignore[no-untyped-def]
    """A study with every document received and linked, through the command line."""
    from anonymizer.study import open_study

    study, keys = folder / "study", folder / "keys"
    keys.mkdir()
    (folder / "stick").mkdir()

    protocol = ROOT / "examples" / "protocol.txt"
    anonymizer("init", study, "--protocol", protocol, "--title", "Bench", "--ends-on", "2099-01-01")
    anonymizer(
        "key", "init", "--study", study, "--keys", keys, "--shred", folder / "stick" / "study.shred",
        "--holder", "bench", "--no-paper", "--no-passphrase",
    )  # fmt: skip
    roster = folder / "roster.csv"
    roster.write_text("name,role\n" + "".join(f"Quellin Vortrag{i},participant\n" for i in range(len(documents))))
    anonymizer("participants", "import", roster, "--study", study)
    listed = anonymizer("participants", "list", "--format", "csv", "--study", study)
    codes = [row["code"] for row in csv.DictReader(io.StringIO(listed))]
    opened = open_study(study)
    from anonymizer.keystore.store import open_store
    from anonymizer.keystore.view import TranscriptLink, Update

    links = []
    for index, (document, code) in enumerate(zip(documents, codes, strict=True)):
        data = json.dumps({"turns": document}).encode()
        (opened.received / f"{index:05d}.json").write_bytes(data)
        links.append(TranscriptLink(opened.transcript_id(data), f"{code}-1", (code,), 1))
    with open_store(opened) as store:
        store.update(Update(links=tuple(links)))
    return opened


def stages(
    documents: list[list[dict[str, str]]], rounds: int, rate: Callable[[str, tuple[float, float]], None]
) -> None:
    """Words per second of each stage alone, on the same texts, in this process."""
    from anonymizer.decision import Decision
    from anonymizer.detection.detector import Detector
    from anonymizer.entities.linking import link
    from anonymizer.intake.reader import read_bytes
    from anonymizer.policy.load import load_policy
    from anonymizer.protocol.document import read_protocol
    from anonymizer.protocol.tagging import Tagger
    from anonymizer.pseudonyms.replace import replacements
    from anonymizer.redaction import redact

    files = [json.dumps({"turns": document}).encode() for document in documents]
    detector, policy = Detector(), load_policy("default", None)
    tagger = Tagger(read_protocol(ROOT / "examples" / "protocol.txt"))
    detector.load()
    read = [read_bytes(data, "bench.json") for data in files]
    tagger.tag(read[0])
    rate("  intake", median_seconds(rounds, lambda: [read_bytes(data, "bench.json") for data in files]))
    rate("  tagging", median_seconds(rounds, lambda: [tagger.tag(t) for t in read]))
    rate(
        "  candidates: model, patterns, spoken forms",
        median_seconds(rounds, lambda: list(detector.candidates_many(read))),
    )
    candidates = list(detector.candidates_many(read))
    pairs = list(zip(read, candidates, strict=True))
    rate("  judgement over the transcript", median_seconds(rounds, lambda: [detector.judge(t, c) for t, c in pairs]))
    findings = [(t, detector.judge(t, c)) for t, c in pairs]
    rate("  linking and policy", median_seconds(rounds, lambda: [policy.decide(t, link(t, f)) for t, f in findings]))
    decided: list[tuple[object, tuple[Decision, ...]]] = [(t, policy.decide(t, link(t, f))) for t, f in findings]

    def replace() -> None:
        for transcript, decisions in decided:
            labels = {d.entity: f"[Person {n}]" for n, d in enumerate(decisions)}
            by_turn: dict[int, list[object]] = {}
            for r in replacements(transcript, decisions, labels, policy):  # type: ignore[arg-type]
                by_turn.setdefault(r.turn, []).append(r)
            for turn in transcript:  # type: ignore[attr-defined]
                redact(turn.text, by_turn.get(turn.index, ()))

    rate("  replacing", median_seconds(rounds, replace))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", default="../shared/corpus", type=Path)
    parser.add_argument("--words", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    documents = interviews(arguments.corpus, arguments.words)
    texts = [turn["text"] for document in documents for turn in document]
    words = sum(len(text.split()) for text in texts)
    print(f"{len(documents)} transcripts, {len(texts)} turns, {words} words; medians of {arguments.rounds} rounds")
    print(f"{'start-up of --help':44s} {startup(5):8.2f} s")

    import shutil

    import spacy
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    from anonymizer import pipeline
    from anonymizer.detection.model import model_folder
    from anonymizer.keystore.store import open_store

    path = model_folder("en_core_web_md")
    bare = spacy.load(path, exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter"])
    rates: dict[str, tuple[float, float]] = {}
    print(f"{'words a second':44s} {'clock':>9s} {'processor':>9s}")

    def rate(name: str, seconds: tuple[float, float]) -> None:
        rates[name] = words / seconds[0], words / seconds[1]
        print(f"{name:44s} {rates[name][0]:9.0f} {rates[name][1]:9.0f}   {seconds[0]:7.2f} s", flush=True)

    rate("nlp.pipe, ner alone", median_seconds(arguments.rounds, lambda: list(bare.pipe(texts, batch_size=32))))

    stages(documents, arguments.rounds, rate)

    # the stock e-mail recognizer asks the network for a list of domains; without one it would wait for it
    import tldextract

    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    class Loaded(SpacyNlpEngine):
        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": spacy.load(path)}

    analyzer = BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=Loaded(), supported_languages=["en"]))

    def presidio() -> object:
        return list(analyzer.analyze_iterator(texts, language="en", batch_size=32))

    rate("Presidio BatchAnalyzerEngine, stock", median_seconds(arguments.rounds, presidio))

    with tempfile.TemporaryDirectory() as scratch:
        study = make_study(Path(scratch), documents)

        def forget() -> None:
            for folder in (study.cache, study.draft, study.review, study.anonymized):
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()

        def run() -> object:
            with open_store(study) as store:
                summary = pipeline.run(study, store)
            if summary.problems or not (summary.drafted or summary.unchanged):
                sys.exit(f"the run failed: {[p.message for p in summary.problems][:3]}")
            return summary

        from anonymizer.release import release

        settings = study.folder / "study.toml"
        settings.write_text(settings.read_text().replace('review = "required"', 'review = "optional"'))
        from anonymizer.study import open_study

        study = open_study(study.folder)

        def whole() -> None:
            run()
            with open_store(study) as store:
                done = release(study, store)
            if done.refused:
                print(f"{len(done.refused)} transcripts refused by the gate", file=sys.stderr)

        with contextlib.redirect_stderr(sys.stderr):
            run()  # models loaded, pseudonyms assigned once
        rate("run with release: everything", median_seconds(arguments.rounds, whole, forget))
        rate("run: drafts", median_seconds(arguments.rounds, run, forget))
        again = median_seconds(arguments.rounds, run)[0]
        print(f"{'run again, nothing changed':44s} {again:8.2f} s")
        print(f"{'first run / run again':44s} {words / rates['run: drafts'][0] / again:8.0f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory of this process':44s} {peak:8.0f} MiB")
    print(f"{'ratios':44s} {'clock':>9s} {'processor':>9s}")
    run_rate = rates["run with release: everything"]
    for other in ("nlp.pipe, ner alone", "Presidio BatchAnalyzerEngine, stock"):
        ratios = [ours / theirs for ours, theirs in zip(run_rate, rates[other], strict=True)]
        print(f"{'run / ' + other:44s} {ratios[0]:9.2f} {ratios[1]:9.2f}")


if __name__ == "__main__":
    main()
