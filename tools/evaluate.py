"""How good it is: every figure of docs/quality.md, measured anew.

    python tools/evaluate.py [--write]

Runs the rooms' own measuring scripts one after the other. ``--write`` records what they printed in docs/quality.md
with date and commit. Without the corpus only what rests on the gold set in tests/ is measured, and the rest says so.
"""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = "../shared"
PARTS = (
    ("Finding personal information", "evaluate_detection.py", ()),
    ("Who is who, with perfect detection", "evaluate_linking.py", ("--shared", SHARED)),
    ("Turns and questions", "evaluate_tagging.py", (f"{SHARED}/corpus", f"{SHARED}/protocols")),
    ("What a whole study releases", "evaluate_output.py", (f"{SHARED}/corpus",)),
)
HEAD = """# Quality, measured

Made by `make evaluate` (`python tools/evaluate.py --write`) on {date}, at commit `{commit}`.
What each table was chosen on and what it reports on is said above it. Figures are of this program on these texts; a
study's own figures come from `anonymizer audit --sample` and `--plant`.
What is behind the figures, and what they fall short of: [detection](quality-detection.md),
[tagging](quality-tagging.md), [who is who](pseudonyms.md).
"""


def git(*arguments: str) -> str:
    """Output of a git command, or ``unknown`` outside a checkout."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, cwd=ROOT, check=False)
    return done.stdout.strip() or "unknown"


def main() -> int:
    """Run every part; non-zero if one of them failed."""
    if not (ROOT / SHARED / "corpus").is_dir():
        print(f"{SHARED}/corpus is not there: what rests on it is not measured", file=sys.stderr)
    commit = git("rev-parse", "--short", "HEAD") + (
        " with changes" if git("status", "--porcelain") != "unknown" else ""
    )
    page = [HEAD.format(date=datetime.datetime.now(datetime.UTC).date().isoformat(), commit=commit)]
    failed = 0
    for title, script, options in PARTS:
        print(f"\n# {title}", flush=True)
        command = [sys.executable, f"tools/{script}", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as running:
            lines = []
            for line in running.stdout or ():
                print(line, end="", flush=True)
                lines.append(line)
        failed += running.returncode != 0
        page.append(f"\n## {title}\n\n`{' '.join(['python', *command[1:]])}`\n\n```\n{''.join(lines).strip()}\n```\n")
    if "--write" in sys.argv and not failed:
        (ROOT / "docs" / "quality.md").write_text("".join(page), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
