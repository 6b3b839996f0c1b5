"""The whole life of a study through the command line, on the example material: from init to the certificate."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from anonymizer.audit.log import verify_log
from anonymizer.keystore.certificate import check_certificate
from anonymizer.review import marks as marks_store
from anonymizer.review.combine import combine
from anonymizer.review.events import Event, append, load
from anonymizer.study import Study, open_study

pytestmark = pytest.mark.model

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
# every name of the example roster, and what is around its people
CANARIES = (
    "haddad", "tadeusz", "wilk", "marisol", "quintero", "varga", "velmora", "brightfen", "agrisight", "westerlund",
    "de wolff", "petrescu", "agnieszka", "hyun-woo",
)  # fmt: skip
TICKED = tuple(
    f"--copy={place}={answer}"
    for place, answer in (
        ("recorder", "deleted"), ("cloud", "none"), ("transcription-service", "unknown"), ("sync-folders", "none"),
        ("backups", "remains"),
    )
)  # fmt: skip
Say = tuple[int, str, str]


@dataclass
class Life:
    """A study on its way.

    Attributes:
        root: Holds the study, the key, the stick, the recordings.
        command: Runs a command line; returns (exit code, stdout, stderr).
    """

    root: Path
    command: Callable[..., Say]

    @property
    def folder(self) -> Path:
        return self.root / "study"

    @property
    def study(self) -> Study:
        return open_study(self.folder)

    def do(self, *arguments: object, allowed: tuple[int, ...] = (0,)) -> Say:
        """Run a command that must end well."""
        code, out, err = self.command(*arguments)
        assert code in allowed, f"anonymizer {arguments[0]}: exit code {code}: {err}"
        return code, out, err

    # --- the steps, in order

    def lay_out(self) -> None:
        """Study, key, roster."""
        (self.root / "stick").mkdir()
        self.do("init", self.folder, "--protocol", EXAMPLES / "protocol.txt", "--title", "Reuse of models",
                "--ends-on", "2099-12-31")  # fmt: skip
        self.do("key", "init", "--study", self.folder, "--keys", self.root / "keys", "--shred",
                self.root / "stick" / "study.shred", "--holder", "anna", "--no-passphrase", "--no-paper")  # fmt: skip
        self.do("participants", "import", EXAMPLES / "roster.csv", "--study", self.folder)

    def codes(self) -> dict[str, str]:
        """Code by name."""
        _, out, _ = self.do("participants", "list", "--names", "--format", "csv", "--study", self.folder)
        return {row["name"]: row["code"] for row in csv.DictReader(io.StringIO(out))}

    def receive(self) -> dict[str, str]:
        """Transcripts of the service, and the recordings they were made from; recording id by participant's code."""
        codes = self.codes()
        for path in (EXAMPLES / "received").iterdir():
            shutil.copy(path, self.study.received / path.name)
        numbered = next((EXAMPLES / "received").glob("*.json"))
        self.do("participants", "link", numbered.name, codes["Marisol Quintero"], "--study", self.folder)
        ids = {}
        for name in ("Noor Haddad", "Tadeusz Wilk", "Marisol Quintero"):
            audio = self.root / "recordings" / f"{name}.wav"
            audio.parent.mkdir(exist_ok=True)
            audio.write_bytes(b"RIFF" + name.encode() * 50)
            arguments = ("recordings", "add", audio, "--transcript", f"{codes[name]}-1", "--study", self.folder)
            ids[codes[name]] = self.do(*arguments)[1].strip()
        return ids

    def run(self) -> None:
        """Draft everything."""
        self.do("run", "--quiet", "--study", self.folder, allowed=(0, 3))

    def decide(self) -> None:
        """A reviewer confirms what the machine left open, and approves."""
        study = self.study
        for path in sorted(study.review.glob("t*")):
            marks = marks_store.load(study.review, path.name)
            view = combine(marks, load(study.review, path.name))
            targets = tuple(d.id for d in view.marks().decisions if d.review)
            by_action: dict[str, list[str]] = {}
            for d in view.marks().decisions:
                if d.id in targets:
                    by_action.setdefault(d.action, []).append(d.id)
            events = [Event("decide", tuple(ids), "AB", action=action) for action, ids in by_action.items()]
            events += [
                Event("answer", (f"{q.kind}:{'+'.join(q.entities)}",), "AB", text="other")
                for q in view.open_questions()
            ]
            append(study.review, path.name, "AB", events)
            self.do("approve", marks.code, "--as", "AB", "--as-read", "--study", self.folder)

    def release(self) -> None:
        """Run again, so that decisions are in the drafts, and release."""
        self.do("run", "--quiet", "--study", self.folder, allowed=(0, 3))
        self.do("release", "--study", self.folder)

    def measure(self) -> None:
        """A second look, a human sample that found nothing, planted identifiers; then the report."""
        self.do("audit", "--second-look", "--sample", 25, "--study", self.folder)
        sheet = self.study.review / "sample" / "sample.csv"
        rows = list(csv.reader(io.StringIO(sheet.read_text("utf-8-sig"))))
        out = io.StringIO()
        csv.writer(out).writerows([rows[0], *([*row[:-1], "0"] for row in rows[1:])])
        sheet.write_text(out.getvalue())
        self.do("audit", "--sample-result", sheet, "--study", self.folder)
        self.do("audit", "--plant", 2, "--study", self.folder)
        self.do("report", "--study", self.folder)

    def end(self) -> None:
        """The study ends: recordings go, then everything else in order."""
        toml = self.folder / "study.toml"
        toml.write_text(toml.read_text().replace("2099-12-31", "2026-01-01"))
        code, out, _ = self.command("close", self.study.settings.id, "--study", self.folder)
        assert (code, "STOPPED" in out) == (3, True), out
        self.do("recordings", "delete", "--due", *TICKED, "--yes", "--study", self.folder)
        self.do("close", self.study.settings.id, "--study", self.folder)


@pytest.fixture
def life(tmp_path: Path, anonymizer: Callable[..., int], capfd: pytest.CaptureFixture[str]) -> Life:
    """Commands in this process, so that the model is loaded once."""

    def command(*arguments: object) -> Say:
        capfd.readouterr()
        code = anonymizer(*arguments)
        out = capfd.readouterr()
        return code, out.out, out.err

    return Life(tmp_path, command)


def _names_left(folder: Path, but: Path | None = None) -> list[str]:
    """Files below a folder that hold a canary in name or content."""
    from anonymizer.export.read_back import texts

    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or (but is not None and path.is_relative_to(but)):
            continue
        whole = path.name + path.read_bytes().decode("utf-8", "replace")
        if path.suffix == ".docx":
            whole += "\n".join(text for _, text in texts(path.read_bytes(), "docx"))
        if any(re.search(rf"\b{re.escape(canary)}\b", whole.lower()) for canary in CANARIES):
            found.append(str(path.relative_to(folder)))
    return found


def _check_end(life: Life, transcripts: int) -> dict[str, object]:
    """What must be so when a study is closed; the final report's document."""
    study = life.study
    assert [] == check_certificate(study.audit / "certificate.json", study.log)
    assert verify_log(study.log).ok
    assert not (life.root / "keys" / "study.key").exists()
    assert not (life.root / "stick" / "study.shred").exists()
    assert [] == list((life.root / "recordings").iterdir())
    assert [] == _names_left(life.folder)
    assert [] == _names_left(life.root / "keys")
    document: dict[str, object] = json.loads((study.audit / "report.json").read_text())
    status = document["status"]
    assert isinstance(status, dict)
    assert f"{transcripts} transcripts are pseudonymized; key destroyed, originals deleted" in status["sentence"]
    return document


def test_from_init_to_certificate(life: Life) -> None:
    """Every promise kept: and at each stage no name where none may be."""
    life.lay_out()
    life.receive()
    life.run()
    assert [] == _names_left(life.folder, but=life.study.received)
    life.decide()
    life.release()
    _, out, _ = life.do("recordings", "list", "--study", life.folder, allowed=(6,))
    assert 3 == out.count("deletion-due")
    life.measure()
    assert [] == _names_left(life.folder, but=life.study.received)
    life.end()
    document = _check_end(life, 3)
    detection = document["detection"]
    assert isinstance(detection, dict)
    assert 25 == detection["sample"]["turns"]
    assert 2 * 17 * 2 == sum(row["planted"] for row in detection["planted"])
    points = [point["text"] for point in document["open_points"]]  # type: ignore[attr-defined]
    assert "copies of recordings may remain in: backups (3 recordings)" in points
    assert "copies of recordings may remain in: transcription-service (3 recordings)" in points


def test_with_a_withdrawal_in_the_middle(life: Life) -> None:
    """A participant withdraws after the release: record, transcript, recording go; the rest is closed as promised."""
    life.lay_out()
    ids = life.receive()
    life.run()
    life.decide()
    life.release()
    code = life.codes()["Tadeusz Wilk"]
    life.do("key", "withdraw", code, "--worklist", life.root / "worklist.txt", "--study", life.folder)
    assert [] == list(life.study.anonymized.glob(f"{code}-1.*"))
    assert code not in (life.study.anonymized / "transcripts.csv").read_text()
    life.do("recordings", "delete", ids[code], "--withdrawn", *TICKED, "--yes", "--study", life.folder)
    assert not (life.root / "recordings" / "Tadeusz Wilk.wav").exists()
    life.do("audit", "--study", life.folder, allowed=(0, 3))
    life.do("report", "--study", life.folder)
    life.end()
    document = _check_end(life, 2)
    recordings = document["recordings"]
    assert isinstance(recordings, dict)
    assert {ids[code]: True} == {row["id"]: True for row in recordings["rows"] if row["withdrawn"]}
    assert "wilk" not in (life.folder / "deposit" / "data" / "README.txt").read_text().lower()


def test_tampering_is_found(life: Life) -> None:
    """A log line changed, an output edited, a recording replaced: each is found, and closing stops."""
    life.lay_out()
    ids = life.receive()
    life.run()
    life.decide()
    life.release()
    study = life.study
    life.do("audit", "--study", life.folder)

    # numbered speakers have no code: of the three, one may have no I1
    target = next(path for path in sorted(study.anonymized.glob("*.txt")) if b"I1: " in path.read_bytes())
    good = target.read_bytes()
    target.write_bytes(good.replace(b"I1: ", b"I1: Ellen Varga, ", 1))
    code, out, err = life.command("audit", "--study", life.folder)
    assert code == 5
    assert target.name in out
    assert "Varga" not in out + err
    target.write_bytes(good)

    audio = life.root / "recordings" / "Noor Haddad.wav"
    sound = audio.read_bytes()
    audio.write_bytes(sound[:-1] + b"!")
    code, out, _ = life.command("audit", "--study", life.folder)
    assert code == 1
    assert ids[life.codes()["Noor Haddad"]] in out
    audio.write_bytes(sound)
    life.do("audit", "--study", life.folder)

    log = study.log.read_bytes()
    lines = log.split(b"\n")
    lines[3] = lines[3].replace(b'"gen":', b'"gen":1', 1)
    study.log.write_bytes(b"\n".join(lines))
    code, out, _ = life.command("audit", "--study", life.folder)
    assert code == 13
    assert "line 4" in out
    toml = life.folder / "study.toml"
    toml.write_text(toml.read_text().replace("2099-12-31", "2026-01-01"))
    assert life.command("close", study.settings.id, "--study", life.folder)[0] in (3, 13)
    assert any(study.received.iterdir())
    study.log.write_bytes(log)


@pytest.mark.long
def test_killed_at_every_command(tmp_path: Path) -> None:
    """Each command is killed with SIGKILL at a random moment, then run again: the end is the same."""
    seed = int(os.environ.get("ANONYMIZER_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"seed {seed}")  # noqa: T201
    source = random.Random(seed)
    environment = {
        **os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    once = {"init", "key", "recordings", "approve"}

    def command(*arguments: object) -> Say:
        line = [sys.executable, "-m", "anonymizer", *map(str, arguments)]
        again = str(arguments[0]) not in once or arguments[1] == "delete"
        if again:
            process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
            time.sleep(source.random() * 6)
            process.send_signal(signal.SIGKILL)
            process.wait()
        done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
        if again and arguments[0] == "recordings" and done.returncode == 0 and not done.stdout:
            # the killed run had deleted them all
            assert "no recording is due" in done.stderr
        return done.returncode, done.stdout, done.stderr

    life = Life(tmp_path, command)
    life.lay_out()
    life.receive()
    life.run()
    life.decide()
    life.release()
    life.do("report", "--study", life.folder)
    life.end()
    _check_end(life, 3)
