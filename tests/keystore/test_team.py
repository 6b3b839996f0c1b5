"""docs/team.md played: three people, three computers, one key machine."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from anonymizer.cli import cli
from anonymizer.cli.common import run_safely
from anonymizer.review import marks as marks_store
from anonymizer.review.combine import combine
from anonymizer.review.events import Event, append, load
from anonymizer.study import Study, open_study

pytestmark = pytest.mark.model


@dataclass
class Home:
    """One person's computer: a copy of the study folder and a home of its own."""

    name: str
    folder: Path
    monkeypatch: pytest.MonkeyPatch = field(repr=False)
    capfd: pytest.CaptureFixture = field(repr=False)

    @property
    def study(self) -> Study:
        return open_study(self.folder)

    def do(self, *words, allowed=(0,)):
        """Run a command as this person; its standard output."""
        for name in ("STATE", "CONFIG", "DATA"):
            self.monkeypatch.setenv(f"XDG_{name}_HOME", str(self.folder.parent / f"{self.name}-home" / name.lower()))
        self.capfd.readouterr()
        code = run_safely(cli, [*(str(word) for word in words), "--study", str(self.folder)])
        said = self.capfd.readouterr()
        assert code in allowed, (self.name, words[:2], code, said.err)
        return said.out

    def decide(self, transcripts):
        """Confirm every finding of these transcripts."""
        review = self.study.review
        for transcript in transcripts:
            view = combine(marks_store.load(review, transcript), load(review, transcript))
            by_action = {}
            for decision in view.marks().decisions:
                by_action.setdefault(decision.action, []).append(decision.id)
            events = [Event("decide", tuple(ids), self.name, action=action) for action, ids in by_action.items()]
            events += [
                Event("answer", (f"{q.kind}:{'+'.join(q.entities)}",), self.name, text="other")
                for q in view.open_questions()
            ]
            append(review, transcript, self.name, events)


def test_three_people_on_three_computers(demo_study, tmp_path, monkeypatch, capfd):
    """Prepared and reviewed on two, decided, released, withdrawn and destroyed on the third, which has the key."""
    made = demo_study()
    homes = {"AD": Home("AD", made.folder, monkeypatch, capfd)}
    for name in ("BO", "CY"):
        folder = tmp_path / name.lower() / "study"
        shutil.copytree(made.folder, folder)
        # what differs between computers stays: where the key lies is nobody's business here
        (folder / "private" / "local.toml").unlink(missing_ok=True)
        homes[name] = Home(name, folder, monkeypatch, capfd)
    ada, bo, cy = homes["AD"], homes["BO"], homes["CY"]
    # the state folder of the fixture that made the study is Ada's
    shutil.move(made.folder.parent / "state", made.folder.parent / "AD-home" / "state")

    # Bo and Cy prepare and review without the key
    for home in (bo, cy):
        home.do("key", "unlock", allowed=(10,))
        home.do("run", "--prepare", "--quiet", allowed=(0, 3))
    ids = sorted(path.name for path in bo.study.review.glob("t*"))
    assert ids == sorted(path.name for path in cy.study.review.glob("t*"))
    bo.decide(ids[:2])
    cy.decide(ids[1:])
    for home in (bo, cy):
        home.do("review", "export", tmp_path / f"{home.name}.json", "--as", home.name)

    # Ada adds Bo as a second holder, drafts with the key, takes the decisions, settles the rest
    recipient = bo_identity(bo, tmp_path)
    ada.do("key", "holder", "add", "bo", recipient)
    ada.do("run", "--quiet", allowed=(0, 3))
    ada.do("review", "import", tmp_path / "BO.json", tmp_path / "CY.json", allowed=(0, 3))
    assert {"BO", "CY"} == {event.reviewer for tid in ids for event in load(ada.study.review, tid)}
    ada.do("run", "--quiet", allowed=(0, 3))
    ada.decide(ids)
    for tid in ids:
        ada.do("approve", marks_store.load(ada.study.review, tid).code, "--as", "AD", "--as-read")
    ada.do("run", "--quiet", allowed=(0, 3))
    ada.do("release")
    assert ["P01-1.json", "P02-1.json", "P03-1.json"] == sorted(p.name for p in ada.study.anonymized.glob("*.json"))

    # somebody withdraws; Bo leaves
    ada.do("key", "withdraw", "P02", "--worklist", tmp_path / "P02.txt")
    assert ["P01-1.json", "P03-1.json"] == sorted(p.name for p in ada.study.anonymized.glob("*.json"))
    ada.do("key", "holder", "remove", "bo")
    ada.do("key", "unlock", "--identity", tmp_path / "bo.identity", allowed=(12,))
    ada.do("audit")

    # the end, checked by Cy without any secret
    settings = ada.folder / "study.toml"
    settings.write_text(settings.read_text().replace("2099-01-01", "2026-01-01"))
    ada.do("run", "--quiet", allowed=(0, 3))
    ada.do("key", "destroy", ada.study.settings.id)
    for name in ("certificate.json", "log.jsonl"):
        shutil.copy(ada.study.audit / name, tmp_path / name)
    capfd.readouterr()
    words = ["key", "certificate", "check", str(tmp_path / "certificate.json"), str(tmp_path / "log.jsonl")]
    assert 0 == run_safely(cli, words)
    ada.do("key", "unlock", allowed=(10,))


def bo_identity(bo, tmp_path):
    """Bo makes his identity on his own computer and sends the line age1...."""
    bo.capfd.readouterr()
    assert 0 == run_safely(cli, ["key", "identity", str(tmp_path / "bo"), "--no-passphrase"])
    return bo.capfd.readouterr().out.strip()
