"""Running the command line as a user would, for the scripts beside this one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def anonymizer(*arguments: object, allowed: tuple[int, ...] = (0,)) -> str:
    """Run a command; return its standard output, or stop with its error."""
    done = subprocess.run(
        [sys.executable, "-m", "anonymizer", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode not in allowed:
        sys.exit(f"anonymizer {arguments[0]}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout
