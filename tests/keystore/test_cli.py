"""The commands, as typed: exit codes, what goes to which stream, and that no name is in it unasked."""

from __future__ import annotations

import io
import sys

import pytest

from anonymizer.cli import cli
from anonymizer.cli.common import run_safely


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
def init(run, bare):
    """key init without passphrase and paper."""
    code, _, err = run(
        "key", "init", "--keys", bare.keys, "--shred", bare.shred, "--holder", "dana", "--no-paper", "--no-passphrase"
    )
    assert 0 == code, err
    return err


def test_the_way_from_init_to_lookup(run, init, bare, roster_csv):
    """init, import, list, link, lookup: codes on standard output, names only when looked up."""
    csv = bare.root / "people.csv"
    csv.write_text(roster_csv)
    code, out, err = run("participants", "import", csv)
    assert (0, "") == (code, out)
    assert "5 added" in err
    assert "still holds real names" in err

    code, out, err = run("participants", "list")
    assert 0 == code
    assert ["P01", "P02", "P03", "I1"] == [line.split("\t")[0] for line in out.splitlines()]
    assert "Oduya" not in out + err

    file = bare.study.received / "talk.json"
    file.write_text("{}")
    assert (0, "P02-1\n") == run("participants", "link", "talk.json", "P02")[:2]

    code, out, err = run("key", "lookup", stdin="Wilhelmina Oduya\n")
    assert 0 == code, err
    assert out.startswith("P0")
    assert "Mina" in out


def test_lookup_of_a_stranger_does_not_echo(run, init):
    """No such name: exit code 1 and the name is not repeated."""
    code, out, err = run("key", "lookup", stdin="Zebedee Quill\n")

    assert (1, "") == (code, out)
    assert "no such name" in err
    assert "Zebedee" not in err


def test_init_insists_on_paper_or_refusal(run, bare):
    """Without a terminal one of --paper and --no-paper must be said."""
    code, _, err = run("key", "init", "--keys", bare.keys, "--shred", bare.shred, "--holder", "d", "--no-passphrase")

    assert 2 == code
    assert "--no-paper" in err
    assert not bare.keys.exists()


def test_init_refuses_the_study_folder(run, bare):
    """The key may not lie where the transcripts lie."""
    code, _, err = run(
        "key", "init", "--keys", bare.study.folder / "keys", "--shred", bare.shred, "--holder", "d", "--no-paper",
        "--no-passphrase",
    )  # fmt: skip

    assert 1 == code
    assert "may not lie in the study folder" in err


def test_identity_and_second_holder(run, init, bare):
    """An identity's recipient becomes a holder and opens the store with a passphrase file."""
    secret = bare.root / "pass.txt"
    secret.write_text("correct horse battery\n")
    code, out, _ = run("key", "identity", bare.root / "home" / "mo", "--passphrase-file", secret)
    assert 0 == code
    assert out.startswith("age1")
    assert 0 == run("key", "holder", "add", "mo", out.strip())[0]

    code, out, err = run(
        "participants", "list", "--identity", bare.root / "home" / "mo.identity", "--passphrase-file", secret
    )
    assert 0 == code, err


def test_add_and_edit_from_standard_input(run, init):
    """One CSV row adds a person; a row with fewer columns edits only those."""
    code, out, err = run("participants", "add", stdin="name,aliases,role\nOttoline Quarrie,Otty,participant\n")
    assert (0, "P01\n") == (code, out), err
    assert 0 == run("participants", "edit", "P01", stdin="name,email\nOttoline Quarrie,ot@quarrie.example\n")[0]

    code, out, _ = run("key", "lookup", stdin="ot@quarrie.example\n")
    assert 0 == code
    assert "Otty" in out


def test_mapping_and_speakers_from_standard_input(run, init, bare, roster_csv):
    """Many files at once, and a speaker map that is read and not kept."""
    run("participants", "import", "-", stdin=roster_csv)
    for name in ("a.json", "b.json"):
        (bare.study.received / name).write_text(name)
    code, out, err = run("participants", "link", "--mapping", "-", stdin='file,code\na.json,P01\nb.json,"P02,P03"\n')
    assert (0, "P01-1\nG01-1\n") == (code, out), err

    code, out, err = run(
        "participants", "link", "b.json", "--speakers", "-", stdin="label,code\nSpeaker 1,P02\nSpeaker 2,I1\n"
    )
    assert (0, "G01-1\n") == (code, out), err


@pytest.mark.parametrize(
    ("stdin", "line"),
    [("label,code\nSpeaker 1,P09\n", ""), ("label,code\nx\n", "2"), ("name\nx\n", "1"), ("label,code\n,P01\n", "2")],
)
def test_bad_speaker_maps_are_refused(run, init, bare, roster_csv, stdin, line):
    """Errors name the line and never the label."""
    run("participants", "import", "-", stdin=roster_csv)
    (bare.study.received / "a.json").write_text("a")
    run("participants", "link", "a.json", "P01")
    code, _, err = run("participants", "link", "a.json", "--speakers", "-", stdin=stdin)

    assert 1 == code
    assert "Speaker" not in err
    assert line in err


def test_every_command_reminds_of_a_study_that_has_ended(run, init, bare):
    """Past ends_on each command says that the key is due, until it is destroyed."""
    settings = bare.study.folder / "study.toml"
    settings.write_text(settings.read_text().replace("2031-12-31", "2020-01-01"))
    code, _, err = run("participants", "list")
    assert 0 == code
    assert "its key is due to be destroyed" in err
    assert 0 == run("key", "destroy", bare.study.settings.id)[0]
    code, _, err = run("key", "log")

    assert 0 == code
    assert "due to be destroyed" not in err


def test_passphrases_are_asked_for_twice_on_a_terminal(bare, tmp_path):
    """On a real terminal: no echo, confirmation where made, one prompt where used."""
    import os
    from pathlib import Path

    import pexpect

    root = str(Path(__file__).parents[2])
    env = {**os.environ, "PYTHONPATH": root, "XDG_STATE_HOME": str(tmp_path / "xdg")}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "anonymizer", "key", "identity", str(tmp_path / "mo")],
        env=env, encoding="utf-8", timeout=60,
    )  # fmt: skip
    child.expect("New passphrase")
    child.sendline("sesame street 7")
    child.expect("The same again")
    child.sendline("sesame street 8")
    child.expect("do not match")
    child.expect("New passphrase")
    child.sendline("sesame street 7")
    child.expect("The same again")
    child.sendline("sesame street 7")
    child.expect("age1[a-z0-9]+")
    child.expect(pexpect.EOF)
    child.close()

    assert 0 == child.exitstatus
    assert "sesame" not in (child.before or "")
    assert (tmp_path / "mo.identity").stat().st_mode & 0o777 == 0o600
