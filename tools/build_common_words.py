"""Build rules/en/common.txt, the everyday words, from ../shared/corpus/unlabelled.

    python tools/build_common_words.py

Words that are in lower case at least twice as often as they are capitalised within sentences, in at least four
transcripts; see tools/student/wordlists.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE / "student")]

from gold import CORPUS, ROOT  # noqa: E402
from wordlists import everyday  # noqa: E402

LIST = ROOT / "rules" / "en" / "common.txt"


def main() -> None:
    """Write the list below the comment that it has."""
    if not CORPUS.is_dir():
        sys.exit(f"error: the corpus is not there\nhint: the words are counted in {CORPUS}")
    head = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    words = sorted(everyday(sorted((CORPUS / "unlabelled").glob("*.txt"))))
    LIST.write_text("\n".join([*head, *words]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
