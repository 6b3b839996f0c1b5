"""Claims of the documentation and the help against the code."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pyrage
import pytest

from anonymizer.cli import cli
from anonymizer.keystore import certificate, codec, container, identity, originals, shred

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("keystore-format.md", "threat-model.md", "key.md", "team.md")


def text(name):
    """A page with white space collapsed."""
    return " ".join((DOCS / name).read_text().split())


def commands(group=None, before=""):
    """Full name -> command, groups left out."""
    group = cli if group is None else group
    found = {}
    for name in group.list_commands(None):
        if not before and name not in ("key", "participants", "originals"):
            continue
        command = group.get_command(None, name)
        full = f"{before}{name}"
        found.update(commands(command, f"{full} ") if isinstance(command, click.Group) else {full: command})
    return found


@pytest.mark.parametrize("page", ["keystore-format.md", "key.md", "team.md"])
def test_documented_commands_and_options_exist(page):
    """Every command line of the key, the participants and the originals in the pages can be typed."""
    known = commands()
    lines = re.findall(r"anonymizer ((?:key|participants|originals) [^`\n#]*)", (DOCS / page).read_text())

    assert lines
    for line in lines:
        words = line.split()
        name = next((n for n in (" ".join(words[:k]) for k in (3, 2)) if n in known), None)
        assert name, line
        options = {opt for parameter in known[name].params for opt in (*parameter.opts, *parameter.secondary_opts)}
        assert set(re.findall(r"--[a-z-]+", line)) <= options, line


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_option_has_help(name):
    """Each command says what it does, and each option what it is."""
    command = commands()[name]
    assert command.help
    assert not [p.opts for p in command.params if isinstance(p, click.Option) and not p.help]


@pytest.mark.parametrize("name", [n for n in sorted(commands()) if not n.startswith("key certificate")])
def test_every_command_is_documented(name):
    """docs/key.md names every command of the three groups."""
    assert name in text("key.md") or name.removeprefix("key ") in text("key.md")


def test_numbers_are_those_of_the_code():
    """Sizes, limits and versions."""
    spec, model = text("keystore-format.md"), text("threat-model.md")
    numbers = {
        f"two slots of {shred.SLOT} bytes": spec,
        f"{shred.SIZE} bytes, two slots": spec,
        f"header of more than {container.MAX_HEADER >> 10} KiB": spec,
        f"zeros to a multiple of {codec.PAD}": spec,
        f"At most {container.MAX_DOCUMENT >> 20} MiB": spec,
        f"1 to {container.MAX_HOLDERS}": spec,
        f"`v` | {codec.VERSION}": spec,
        f"`v` {certificate.VERSION}": spec,
        f'"v":{originals.VERSION}': spec,
        f"more than 2^{identity.MAX_WORK_FACTOR} is refused": model,
        f"{identity.WORDS} words of 16 random bits, {identity.WORDS * 16} bits": model,
        f"1 to {identity.MAX_PASSPHRASE} characters": model,
        f"at most {container.MAX_DOCUMENT >> 20} MiB, padded to {codec.PAD} bytes": model,
    }
    assert not [claim for claim, page in numbers.items() if claim not in page]


def test_the_specification_names_every_key_of_the_document():
    """And none that does not exist."""
    import json

    golden = Path(__file__).parents[1] / "data" / "golden" / "keystore" / "v2" / "document.json"
    section = (DOCS / "keystore-format.md").read_text().partition("## The document")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([a-z]+)`", row)}

    assert set(json.loads(golden.read_bytes())) == named


def test_limits_of_the_certificate_stand_in_the_threat_model():
    """Word for word, so that nobody reads another promise."""
    assert not [limit for limit in certificate.LIMITS if limit.rstrip(".") not in text("threat-model.md")]


@pytest.mark.parametrize("page", PAGES)
def test_pages_make_no_claim_that_deletion_cannot_keep(page):
    """Two sentences that a hostile reviewer would quote are nowhere."""
    lower = text(page).lower()
    assert "anonymous" not in lower
    assert "cannot be recovered" not in lower
    assert "unrecoverable" not in lower


def test_package_makes_no_such_claim_either():
    """Nor any string of the key store's code or its commands."""
    root = Path(__file__).parents[2] / "anonymizer"
    places = [*(root / "keystore").glob("*.py"), root / "audit" / "log.py", *(root / "cli").glob("key*.py")]
    assert len(places) > 20
    for path in places:
        lower = path.read_text().lower()
        assert "anonymous" not in lower, path.name
        assert "cannot be recovered" not in lower, path.name


def test_work_factor_of_a_new_identity_is_in_the_documented_range(tmp_path):
    """The library chooses it by this computer's speed; it is what the header says, and no more than is accepted."""
    sealed = pyrage.passphrase.encrypt(b"", "x")
    factor = int(re.match(rb"age-encryption\.org/v1\n-> scrypt \S+ ([0-9]+)\n", sealed)[1])

    assert 10 <= factor <= identity.MAX_WORK_FACTOR
