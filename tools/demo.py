"""A whole example study, from received files to pseudonymized transcripts, without a question asked.

Run by ``make demo``. Everything goes to demo/ and keys/demo/, both ignored by git, both made anew each time.
"""

from __future__ import annotations

import csv
import io
import json
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
STUDY = ROOT / "demo" / "study"
KEYS = ROOT / "keys" / "demo" / "store"
# beside the store only because this is a demo: a real shred secret lies on a medium of its own
SHRED = ROOT / "keys" / "demo" / "stick" / "study.shred"
SHOWN = (5, 9, 31)


def anonymizer(*arguments: str | Path, allowed: tuple[int, ...] = (0,)) -> str:
    """Run a command as a user would, show it, and return its standard output."""
    shown = " ".join(str(a).replace(str(ROOT) + "/", "") for a in arguments)
    print(f"\n$ anonymizer {shown}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "anonymizer", *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode not in allowed:
        sys.exit(f"the demo stopped: exit code {done.returncode}")
    return done.stdout


def main() -> None:
    """Run the demo."""
    for folder in (STUDY.parent, KEYS.parent):
        shutil.rmtree(folder, ignore_errors=True)
    KEYS.mkdir(parents=True)
    SHRED.parent.mkdir()
    passphrase = " ".join(secrets.token_hex(3) for _ in range(4))
    secret = KEYS.parent / "passphrase.txt"
    secret.touch(mode=0o600)
    secret.write_text(passphrase + "\n")
    print("This passphrase is for the demo only; a real one is typed, never kept beside the key:")
    print(f"    {passphrase}")

    key = ("--passphrase-file", secret)
    anonymizer(
        "init", STUDY, "--protocol", EXAMPLES / "protocol.txt", "--title", "Example study", "--ends-on", "2027-12-31"
    )
    anonymizer(
        "key", "init", "--study", STUDY, "--keys", KEYS, "--shred", SHRED, "--holder", "demo",
        "--no-paper", *key,
    )  # fmt: skip
    anonymizer("participants", "import", EXAMPLES / "roster.csv", "--study", STUDY, *key)
    received = sorted((EXAMPLES / "received").iterdir())
    numbered = next(path for path in received if path.suffix == ".json")
    for path in received:
        shutil.copy(path, STUDY / "private" / "received" / path.name)
    listed = anonymizer("participants", "list", "--names", "--format", "csv", "--study", STUDY, *key)
    codes = {row["name"]: row["code"] for row in csv.DictReader(io.StringIO(listed))}
    anonymizer("participants", "link", numbered.name, codes["Marisol Quintero"], "--study", STUDY, *key)
    settings = STUDY / "study.toml"
    settings.write_text(settings.read_text().replace('review = "required"', 'review = "optional"'))
    summary = json.loads(anonymizer("run", "--json", "--study", STUDY, *key, allowed=(0, 3)))
    anonymizer("release", "--study", STUDY, *key)
    print(anonymizer("audit", "--study", STUDY, *key).rstrip())

    print("\n--- what was done")
    print(f"turns tagged       {summary['tagged']} of {summary['turns']}")
    print("findings by kind   " + ", ".join(f"{kind.lower()} {n}" for kind, n in summary["findings"].items()))
    print("decided            " + ", ".join(f"{action} {n}" for action, n in summary["actions"].items()))
    print(f"waits for review   {summary['to_review']} findings, {summary['tags_to_review']} tags")
    print(f"transcripts        {(STUDY / 'anonymized').relative_to(ROOT)}/")
    for path in sorted((STUDY / "anonymized").iterdir()):
        print(f"                   {path.name}")

    print("\n--- before and after (an invented interview)")
    sys.path.insert(0, str(ROOT))
    from anonymizer.intake.reader import read

    docx = next(path for path in received if path.suffix == ".docx")
    code = codes["Noor Haddad"]
    after = json.loads((STUDY / "anonymized" / f"{code}-1.json").read_text())["turns"]
    before = read(docx).turns
    for index in SHOWN:
        print(f"\n  {before[index].speaker}: {before[index].text}")
        print(f"  {after[index]['speaker']} [{after[index]['question'] or '-'}]: {after[index]['text']}")
    from result_picture import draw

    picture = STUDY.parent / "result.svg"
    picture.write_text(draw(before, after, SHOWN))
    print(f"\nThe same as a picture: {picture.relative_to(ROOT)}")
    print("Look at it in the browser:  .venv/bin/anonymizer review --study demo/study")


if __name__ == "__main__":
    main()
