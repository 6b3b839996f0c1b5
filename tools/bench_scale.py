"""How cost and memory grow: archives of many, long and short interviews through the command line.

    python tools/bench_scale.py ../shared/corpus [--minutes 20] [--jobs 2] [--only 10x200 10000x200]

Each row is an archive made of the corpus's unlabelled talk (examples/ where absent), run by ``anonymizer run`` in a
process of its own: seconds, words a second, the peak memory of the parent and of its largest worker (VmHWM), and the
seconds of a second run in which nothing changed. Rows that would not fit into the time left are printed as
``not measured``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from itertools import cycle
from pathlib import Path

from bench import ROOT, interviews, make_study

ROWS = ((10, 200), (100, 200), (1000, 200), (10, 5000), (100, 5000), (10, 100_000), (10_000, 200), (1000, 5000))
SLOWEST = 1_000.0


def archive(corpus: Path, number: int, words: int) -> list[list[dict[str, str]]]:
    """``number`` interviews of about ``words`` words."""
    source = cycle([turn for document in interviews(corpus, 300_000) for turn in document])
    made = []
    for interview in range(number):
        # the talk comes round again, and a file that is the same as another is set aside
        turns = [{"speaker": "Speaker 1", "text": f"This is recording {interview + 1}."}]
        size = len(turns[0]["text"].split())
        while size < words:
            turn = next(source)
            text = " ".join(turn["text"].split()[: words - size])
            turns.append({"speaker": f"Speaker {1 + len(turns) % 2}", "text": text})
            size += len(text.split())
        made.append(turns)
    return made


def peak(pid: int) -> int:
    """Peak resident memory of a process in KiB, 0 if it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def children(pid: int) -> list[int]:
    """Direct children of a process."""
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def run(study: Path, jobs: int) -> tuple[float, int, int]:
    """Seconds, peak KiB of the parent, peak KiB of the largest worker."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "anonymizer", "run", "--quiet", "--jobs", str(jobs), "--study", str(study)], cwd=ROOT
    )
    peaks = [0, 0]

    def watch() -> None:
        while process.poll() is None:
            peaks[0] = max(peaks[0], peak(process.pid))
            peaks[1] = max([peaks[1], *(peak(child) for child in children(process.pid))])
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    if process.wait() not in (0, 3):
        sys.exit(f"the run failed or left transcripts out, exit code {process.returncode}")
    watcher.join()
    return time.perf_counter() - begin, peaks[0], peaks[1]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", default="../shared/corpus", type=Path)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", metavar="NxWORDS", help="rows such as 10000x200; all if missing")
    arguments = parser.parse_args()
    end = time.monotonic() + 60 * arguments.minutes
    # of short rows most of the time is start-up: they say little of what long ones would take
    rate = SLOWEST
    print("| interviews | words each | seconds | words/s | parent MiB | worker MiB | again, nothing changed |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    rows = [tuple(int(figure) for figure in row.split("x")) for row in arguments.only or ()]
    for number, words in rows or ROWS:
        # half the time again for making the archive and running it twice
        if number * words / rate * 1.5 > end - time.monotonic():
            print(f"| {number:,} | {words:,} | not measured | | | | |", flush=True)
            continue
        with tempfile.TemporaryDirectory() as scratch:
            study = make_study(Path(scratch), archive(arguments.corpus, number, words))
            seconds, parent, worker = run(study.folder, arguments.jobs)
            again, _, _ = run(study.folder, arguments.jobs)
        rate = max(rate, number * words / seconds)
        print(
            f"| {number:,} | {words:,} | {seconds:.1f} | {number * words / seconds:,.0f} | {parent / 1024:.0f} "
            f"| {worker / 1024:.0f} | {again:.1f} s |",
            flush=True,
        )


if __name__ == "__main__":
    main()
