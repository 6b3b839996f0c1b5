"""Words per second of detection beside Presidio's BatchAnalyzerEngine, on the same texts in one process.

    python tools/bench_detection.py [--words 30000] [--repeat 3]

The other side is Presidio as it comes: full spaCy pipeline of en_core_web_md, default recognizers, batch size 32.
Both read turns of the unlabelled transcripts in ../shared/corpus, or of the invented ones in tests/ where those are
not there. CPU time of this process, best of the repeats; one thread.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from gold import CORPUS, own, transcript_of  # noqa: E402

from anonymizer.detection.detector import Detector  # noqa: E402
from anonymizer.transcript import Transcript, Turn  # noqa: E402


def texts(words: int) -> list[Transcript]:
    """Transcripts of about so many words."""
    found: list[Transcript] = []
    count = 0
    files = sorted((CORPUS / "unlabelled").glob("*.txt"))
    while count < words:
        if files:
            path = files[len(found) % len(files)]
            lines = (line.partition(": ") for line in path.read_text(encoding="utf-8").splitlines())
            turns = [(speaker, text) for speaker, _, text in lines if text]
            found.append(Transcript(path.stem, tuple(Turn(i, s, t) for i, (s, t) in enumerate(turns))))
        else:
            documents = own()
            found.append(transcript_of(documents[len(found) % len(documents)]))
        count += found[-1].words
    return found


def best(run: Callable[[], object], repeat: int) -> float:
    """Least CPU seconds of several runs."""
    seconds = []
    for _ in range(repeat):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return min(seconds)


def stock() -> Callable[[list[str]], object]:
    """Presidio's batch engine as it comes, with the same model."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
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

    batch = BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=Loaded(), supported_languages=["en"]))
    return lambda turns: batch.analyze_iterator(turns, "en", batch_size=32)


def main() -> None:
    """Print words per second and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=30_000)
    parser.add_argument("--repeat", type=int, default=3)
    a = parser.parse_args()
    transcripts = texts(a.words)
    words = sum(t.words for t in transcripts)
    turns = [turn.text for t in transcripts for turn in t]
    detector = Detector()
    detector.load()
    here = words / best(lambda: list(detector.detect_many(transcripts)), a.repeat)
    analyze = stock()
    there = words / best(lambda: list(analyze(turns)), a.repeat)  # type: ignore[call-overload]
    print(f"texts: {words} words in {len(turns)} turns")
    print(f"detection: {here:.0f} words/s   stock Presidio, batch 32: {there:.0f} words/s   ratio {here / there:.2f}")


if __name__ == "__main__":
    main()
