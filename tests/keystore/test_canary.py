"""A canary name goes in; every command and every failure runs; no file and no output holds it afterwards.

Where a name is asked for it may show: the key's export, a lookup's answer, ``select --reveal``, ``list --names``.
"""

from __future__ import annotations

import io
import json
import sys
import traceback

import pytest

from anonymizer.cli import cli
from anonymizer.cli.common import run_safely
from anonymizer.errors import AnonymizerError
from anonymizer.keystore.view import KnownEntity, Update

CANARY = "Zolt\u00e1nka Wrenfordshire"
PARTS = ("Zolt", "WRENFORD", "wrenford", "Wrenford", "zolt")
FAMILY = "Wrenfordshire"
ROSTER = (
    f"name,aliases,email,organization,people\n{CANARY},Zoltka,zoltka@wrenford.example,Wrenford Mills,\n"
    f"Anna Example,,,,{CANARY}\nBo Sample,,,,\n"
)
SHOWS_NAMES = ("key lookup", "participants list --names", "key export")


def holds(text):
    """True if any part of the canary is in it."""
    return any(part in text for part in PARTS)


@pytest.fixture
def run(bare, monkeypatch, capsys):
    """Run a command line; all output is looked at here."""
    monkeypatch.chdir(bare.study.folder)
    seen = []

    def call(*args, stdin="", expect=0):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        code = run_safely(cli, [str(a) for a in args])
        out = capsys.readouterr()
        name = " ".join(str(a) for a in args)
        asked = any(name.startswith(shown) for shown in SHOWS_NAMES) or "--reveal" in args
        if not asked or code:
            assert not holds(out.out + out.err), name
        assert code in (expect if isinstance(expect, tuple) else (expect,)), (name, out.err)
        seen.append(name)
        return out.out

    call.seen = seen
    return call


def files_with_the_name(world):
    """Files below the test's folder that hold the canary, in name or bytes."""
    found = []
    for path in world.root.rglob("*"):
        if holds(path.name):
            found.append(path)
        elif path.is_file():
            data = path.read_bytes()
            if any(part.encode() in data for part in PARTS) or CANARY.encode("utf-16-le") in data:
                found.append(path)
    return found


def test_no_command_leaks_the_name(run, bare):
    """All commands of the key, the participants and the originals, and their failures."""
    study = bare.study
    run("key", "init", "--keys", bare.keys, "--shred", bare.shred, "--holder", "dana", "--no-passphrase", "--paper")
    run("participants", "import", "-", stdin=ROSTER)
    run("participants", "import", "-", stdin=ROSTER)
    run("participants", "import", "-", stdin=f"name\n{CANARY}\n{CANARY}\n", expect=1)
    run("participants", "import", "-", stdin=f"name,role\n{CANARY},{CANARY}\n", expect=1)
    run("participants", "import", "-", stdin=f"name,role\n{CANARY},interviewer\n", expect=1)
    run("participants", "import", "-", stdin=f'name\n"{CANARY}\n', expect=1)
    run("participants", "add", stdin=f"name\n{CANARY}\n", expect=1)
    run("participants", "list")
    run("participants", "list", "--names")
    code = next(line.split("\t")[0] for line in run("participants", "list", "--names").splitlines() if holds(line))
    run("participants", "edit", code, stdin=f"name,places\n{CANARY},Wrenfordham\n")
    run("participants", "edit", "P99", stdin=f"name\n{CANARY}\n", expect=1)
    (study.received / "a.json").write_text(json.dumps({"turns": [{"speaker": "x", "text": "y"}]}))
    run("participants", "link", "a.json", code)
    run("participants", "link", "a.json", "P03" if code != "P03" else "P02", expect=1)
    run("participants", "link", "a.json", "--speakers", "-", stdin=f"label,code\n{CANARY},{code}\n")
    run("participants", "link", "a.json", "--speakers", "-", stdin=f"label,code\n{CANARY},P99\n", expect=1)
    run("participants", "link", "--mapping", "-", stdin=f"file,code\n{CANARY}.docx,{code}\n", expect=(0, 1))
    with bare.open(state=bare.root / "xdg" / "anonymizer") as store:
        assert f"{code}-1" == store.view().links[0].code
        store.update(
            Update(
                entities=(
                    KnownEntity("", "PERSON", "", "study", "", "k", (CANARY,), "[Person 1]", (), (f"{code}-1",)),
                ),
                originals=((f"{code}-1", (("0:0-1", CANARY),)),),
            )
        )
    run("key", "unlock")
    run("key", "lookup", stdin=f"{CANARY}\n")
    run("key", "lookup", stdin="Wrenford\n", expect=1)
    run("key", "lookup", "--by", "pseudonym", "--code", "[Person 1]")
    run("key", "lookup", "--by", "transcript", "--code", "P88-1", expect=1)
    run("key", "select", "--pseudonym", "[Person 1]")
    run("key", "select", "--organization", stdin="Wrenford Mills\n")
    run("key", "select", "--question", "a.1")
    run("key", "select", "--role", "participant", "--reveal", "--reason", "a second talk")
    run("key", "select", "--role", "participant", "--reveal", "--reason", f"to call {CANARY}", expect=1)
    run("key", "export", bare.root / "out.csv", "--reason", f"for {CANARY}", expect=1)
    run("key", "export", bare.root / "out.csv", "--reason", "deposit")
    (bare.root / "out.csv").unlink()
    run("key", "holder", "list")
    recipient = run("key", "identity", bare.root / "home" / "mo", "--no-passphrase").strip()
    run("key", "holder", "add", "mo", recipient)
    run("key", "holder", "add", "mo", recipient, expect=1)
    run("key", "holder", "remove", "mo")
    run("key", "rotate")
    run("key", "paper")
    run("key", "log")
    run("key", "log", "--format", "json")
    run("key", "verify")
    run("key", "verify", "--deep")
    run("originals", "list")
    run("originals", "seal")
    run("originals", "restore", f"{code}-1")
    run("originals", "destroy", "--all")
    run("key", "withdraw", code, "--dry-run")
    run("key", "withdraw", "P99", "--dry-run", expect=1)
    assert [] == files_with_the_name(bare)
    run("key", "withdraw", code, "--worklist", bare.root / "worklist.txt")
    run("key", "withdraw", code, "--worklist", bare.root / "worklist2.txt", expect=1)
    run("key", "lookup", stdin=f"{CANARY}\n", expect=1)
    run("key", "destroy", "0" * 16, expect=1)
    run("key", "destroy", study.settings.id)
    run("key", "certificate", "check", study.audit / "certificate.json", study.log)
    run("key", "unlock", expect=10)

    assert [] == files_with_the_name(bare)
    commands = set(cli.get_command(None, "key").commands)
    assert not {c for c in commands if not any(name.startswith(f"key {c}") for name in run.seen)}


def test_no_exception_shows_the_name(world):
    """A traceback of every refusal that knew the name, printed in full, does not hold it."""
    from anonymizer.keystore.forget import forget
    from anonymizer.keystore.known import check_text
    from anonymizer.keystore.lookup import lookup
    from anonymizer.roster import Person, Roster

    person = Person(CANARY, email="zoltka@wrenford.example")
    grown = KnownEntity("e-1", "PERSON", "", "study", "", CANARY, (CANARY,), "x")
    with world.open() as store:
        store.import_roster(Roster((person,)))
        attempts = [
            lambda: store.add_person(person),
            lambda: store.import_roster(Roster((Person(CANARY, role="interviewer"),))),
            lambda: store.link(CANARY, "P09"),
            lambda: store.link("t0", "P01", speakers=[(CANARY, "singer", "")]),
            lambda: lookup(store.document, FAMILY, "name"),
            lambda: check_text(f"about {CANARY}", store.document),
            lambda: store.log("run", reason=f"because {CANARY}"),
            lambda: store.log("run", **{"Bad Field": CANARY}),
            lambda: forget(store.document, CANARY, "2031-01-01"),
            lambda: store.update(Update(entities=(grown,))),
            lambda: store.update(Update(originals=(("P77-1", (("0", CANARY),)),))),
        ]
        for attempt in attempts:
            with pytest.raises(AnonymizerError) as caught:
                attempt()
            shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + str(caught.value.hint)
            own_lines = [line for line in shown.splitlines() if "test_canary" not in line]
            assert not holds("\n".join(own_lines).replace("CANARY", ""))


def test_internal_error_does_not_show_the_name(run, world, monkeypatch):
    """A defect ends in one line with its place, not in a traceback that quotes."""
    from anonymizer.keystore import store as room

    def broken(*args, **kwargs):
        raise ValueError(f"cannot handle {CANARY}")

    monkeypatch.setattr(room.Store, "log", broken)
    monkeypatch.chdir(world.study.folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(world.root / "fresh"))
    run("key", "unlock", expect=1)
