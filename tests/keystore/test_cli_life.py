"""The commands of a key's life, as typed: paper, selection, verification, export, the end."""

from __future__ import annotations

import io
import json
import re
import sys

import pytest

from anonymizer.cli import cli
from anonymizer.cli.common import run_safely
from anonymizer.keystore.shred import parse
from anonymizer.keystore.view import KnownEntity, Update
from anonymizer.protocol.model import Tag
from anonymizer.review import marks as marks_store
from anonymizer.review.marks import Marks


@pytest.fixture
def run(bare, capsys, monkeypatch):
    """Run a command line; returns (exit code, stdout, stderr)."""
    monkeypatch.chdir(bare.study.folder)

    def call(*args, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        code = run_safely(cli, [str(a) for a in args])
        out = capsys.readouterr()
        return code, out.out, out.err

    return call


@pytest.fixture
def kept(run, bare, roster_csv, monkeypatch):
    """A key with a paper copy, a roster, two linked transcripts and two entities; the printed page."""
    code, page, err = run(
        "key", "init", "--keys", bare.keys, "--shred", bare.shred, "--holder", "dana", "--paper", "--no-passphrase"
    )
    assert 0 == code, err
    run("participants", "import", "-", stdin=roster_csv)
    with bare.open(state=bare.root / "xdg" / "anonymizer") as store:
        store.link("t00000000000a", "P01")
        store.link("t00000000000b", "P02")
        firm = KnownEntity("", "ORGANIZATION", "company", "study", "", "f", ("Firm",), "[Company 1]", (), ("P02-1",))
        sister = KnownEntity("", "PERSON", "", "transcript", "P01-1", "", ("Jo",), "[Person 1]", ("P01",), ("P01-1",))
        store.update(Update(entities=(firm, sister)))
    tags = (Tag(0, "interviewer", "a.2", 0.9, False), Tag(1, "participant", "a.1", 0.9, False))
    marks_store.save(bare.study.review, Marks("t00000000000b", "P02-1", "d", 2, tags=tags))
    return page


def test_paper_brings_a_lost_secret_back(run, bare, kept):
    """Typed with line numbers, spaces and in lower case, the page restores the file; a wrong character is refused."""
    typed = "\n".join(re.findall(r"^  ([1-9]  [A-Z0-9 -]+)$", kept, re.MULTILINE))
    assert typed
    bare.shred.unlink()
    code, _, err = run("key", "unlock")
    assert 15 == code
    assert "--restore" in err
    wrong = typed[:-1] + ("Q" if typed[-1] != "Q" else "P")
    assert 15 == run("key", "paper", "--restore", stdin=wrong)[0]
    assert not bare.shred.exists()

    assert 0 == run("key", "paper", "--restore", "--number", "1", stdin=typed.lower())[0]
    assert 0 == run("key", "unlock")[0]
    assert 1 == run("key", "paper", "--restore", stdin=typed)[0]


def test_rotation_voids_the_page_and_prints_the_next(run, bare, kept):
    """The old page does not fit any more, which is said; the new one is printed."""
    code, page, err = run("key", "rotate")
    assert 0 == code
    assert "number 1 are void" in err
    assert "number 2" in page
    assert 2 == parse(bare.shred.read_bytes())[0].counter
    old = "\n".join(re.findall(r"^  ([1-9]  [A-Z0-9 -]+)$", kept, re.MULTILINE))
    bare.shred.rename(bare.root / "aside")

    code, _, err = run("key", "paper", "--restore", stdin=old)
    assert 15 == code
    assert "does not fit" in err
    new = "\n".join(re.findall(r"^  ([1-9]  [A-Z0-9 -]+)$", page, re.MULTILINE))
    assert 0 == run("key", "paper", "--restore", "--number", "2", stdin=new)[0]


@pytest.mark.parametrize(
    ("words", "stdin", "expected"),
    [
        (("--pseudonym", "[Company 1]"), "", ["P02\tmentions"]),
        (("--pseudonym", "Person 1"), "", ["P01\tabout"]),
        (("--question", "a.1"), "", ["P02\tanswered"]),
        (("--question", "a.2"), "", []),
        (("--role", "interviewer"), "", ["I1\trole"]),
        (("--organization",), "nowhere\n", []),
    ],
)
def test_select_gives_codes_only(run, bare, kept, words, stdin, expected):
    """Codes and why; no name, and nothing counted as a reading."""
    code, out, err = run("key", "select", *words, stdin=stdin)

    assert (0, expected) == (code, out.splitlines()), err


def test_select_by_organization_and_reveal(run, bare, kept):
    """The organization comes from standard input; revealing needs a reason, is logged and counted."""
    code, out, _ = run("key", "select", "--organization", stdin="tidewater looms\n")
    assert 0 == code
    assert 1 == len(out.splitlines())
    assert 2 == run("key", "select", "--organization", "--reveal", stdin="Tidewater Looms\n")[0]
    code, out, _ = run(
        "key", "select", "--organization", "--reveal", "--reason", "further probing", stdin="Tidewater Looms\n"
    )
    assert 0 == code
    assert "mina.oduya@tidewater.example" in out
    log = run("key", "log")[1]

    assert "select\tpeople=1 reason=further probing" in log
    assert "readings\t1" in run("key", "unlock")[1]


def test_verify_has_an_exit_code_for_each_finding(run, bare, kept):
    """0, 16 for leftovers (which the next command repairs), 15, 14, 13, 10."""
    assert 0 == run("key", "verify")[0]
    assert 0 == run("key", "verify", "--deep")[0]
    (bare.keys / ".tmp-study.key").write_bytes(b"x")
    code, out, _ = run("key", "verify")
    assert 16 == code
    assert "unfinished: a half-written file" in out
    assert "note: a half-written file" in run("key", "unlock")[2]
    assert 0 == run("key", "verify")[0]

    shred, log, store = bare.shred.read_bytes(), bare.study.log.read_bytes(), (bare.keys / "study.key").read_bytes()
    bare.shred.write_bytes(shred[:-1])
    assert 15 == run("key", "verify")[0]
    bare.shred.write_bytes(shred)
    bare.study.log.write_bytes(b"".join(log.splitlines(keepends=True)[:-1]))
    assert 14 == run("key", "verify")[0]
    bare.study.log.write_bytes(log.replace(b'"added":5', b'"added":6'))
    assert 13 == run("key", "verify")[0]
    assert 13 == run("key", "verify", "--deep")[0]
    bare.study.log.write_bytes(log)
    (bare.keys / "study.key").write_bytes(store[:-1])
    assert 13 == run("key", "verify")[0]
    (bare.keys / "study.key").unlink()
    assert 10 == run("key", "verify")[0]


def test_deep_verification_opens_every_sealed_original(run, bare, kept):
    """A damaged original is found by name of its transcript."""
    with bare.open(state=bare.root / "xdg" / "anonymizer") as store:
        store.update(Update(originals=(("P02-1", (("1:0-4", "Firm"),)),)))
    (path,) = (bare.keys / "originals").iterdir()
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    code, out, _ = run("key", "verify", "--deep")

    assert 13 == code
    assert "sealed originals of P02-1" in out


def test_export_is_counted_for_ever(run, bare, kept):
    """Mode 0600, not in the study folder, not over another file; the certificate shows the number."""
    target = bare.root / "plain.csv"
    assert 1 == run("key", "export", bare.study.folder / "plain.csv", "--reason", "deposit")[0]
    code, _, err = run("key", "export", target, "--reason", "deposit")
    assert (0, 0o600) == (code, target.stat().st_mode & 0o777)
    assert "export number 1" in err
    assert "Wilhelmina Oduya" in target.read_text()
    assert 1 == run("key", "export", target, "--reason", "again")[0]
    code, out, _ = run("key", "destroy", bare.study.settings.id)
    assert 0 == code
    assert "exports: 1" in out
    body = json.loads((bare.study.audit / "certificate.json").read_bytes())

    assert {"exports": 1} == {name: count for name, count in body["counts"].items() if name == "exports"}
    assert [{"copies": 1, "number": 1}] == [{k: p[k] for k in ("copies", "number")} for p in body["papers"]]


def test_certificate_check_is_typed_with_two_files(run, bare, kept):
    """Good: 0. Changed: 13, each problem a line. Without a study folder around."""
    run("key", "destroy", bare.study.settings.id)
    certificate, log = bare.study.audit / "certificate.json", bare.study.log
    code, out, _ = run("key", "certificate", "check", certificate, log)
    assert (0, True) == (code, out.startswith("the certificate is signed"))
    certificate.write_bytes(certificate.read_bytes().replace(b'"Looms"', b'"Looms!"'))
    code, out, _ = run("key", "certificate", "check", certificate, log)

    assert 13 == code
    assert out.startswith("problem: the certificate's signature does not fit")


def test_destruction_that_was_cut_off_is_completed_by_the_command(run, bare, kept):
    """Wiped, then killed: giving the command again ends with the unsigned record and says so."""
    from anonymizer.keystore.destroy import wipe

    store = bare.open(state=bare.root / "xdg" / "anonymizer")
    store.append_line("destroy", {"sha256": "0" * 64})
    wipe(store, "0" * 64)
    store.close()
    code, out, err = run("key", "destroy", bare.study.settings.id)

    assert 0 == code, err
    assert out.startswith("UNSIGNED")
    assert (bare.study.audit / "destruction-unsigned.json").exists()
