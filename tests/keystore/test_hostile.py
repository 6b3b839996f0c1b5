"""What a hostile reviewer would try, numbered as in the key store's reference; each test is named after the attempt.

12 and 13 are test_crash.py, 14 is test_failures.py, 22 and 23 are tests/audit/test_log.py, 10 is test_canary.py.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import time
import unicodedata
import zlib
from hashlib import sha256
from pathlib import Path

import pyrage
import pytest

from anonymizer.audit.log import verify_log
from anonymizer.errors import (
    AnonymizerError,
    DamagedError,
    KeyStoreError,
    LockedError,
    NotAHolderError,
    OutputError,
    RolledBackError,
    ShredError,
)
from anonymizer.keystore import codec, container
from anonymizer.keystore.certificate import Check, Circumstances, CompletedWipe, check_certificate, issue
from anonymizer.keystore.create import create_store
from anonymizer.keystore.destroy import destroy
from anonymizer.keystore.holders import add_holder, remove_holder
from anonymizer.keystore.identity import _unlock, create_identity, load_identity
from anonymizer.keystore.lookup import lookup
from anonymizer.keystore.rotate import rotate
from anonymizer.keystore.shred import parse, render
from anonymizer.keystore.vault import STORE
from anonymizer.keystore.view import KnownEntity, Update
from anonymizer.keystore.withdraw import plan_withdrawal, withdraw
from anonymizer.roster import Person, Roster

VECTORS = Path(__file__).parent.parent / "data" / "age" / "cctv.json.gz"
AGE = shutil.which("age")


def vectors():
    """name -> (header fields, age file)."""
    result = {}
    for name, text in json.loads(gzip.decompress(VECTORS.read_bytes())).items():
        head, _, body = base64.b64decode(text).partition(b"\n\n")
        fields = [line.split(": ", 1) for line in head.decode().splitlines()]
        if ["compressed", "zlib"] in fields:
            body = zlib.decompress(body)
        result[name] = (fields, body)
    return result


def test_01_age_vectors_yield_no_wrong_plaintext_and_no_foreign_exception():
    """Of the public vectors no failing one opens, every applicable good one does, and only our errors come out."""
    opened = refused = 0
    for name, (fields, body) in vectors().items():
        table = dict(fields)
        plain = None
        for key, value in fields:
            try:
                if key == "identity" and "PQ" not in value:
                    plain = container.decrypt(body, pyrage.x25519.Identity.from_str(value))
                elif key == "passphrase":
                    plain = _unlock(body, Path("x"), lambda value=value: value)
                else:
                    continue
            except (AnonymizerError, container.NoMatch):
                refused += 1
                continue
        if plain is not None:
            opened += 1
            assert "success" == table["expect"], name
            assert table["payload"] == sha256(plain).hexdigest(), name
    good = [
        name
        for name, (fields, _) in vectors().items()
        if ["expect", "success"] in fields and ["armored", "yes"] not in fields and "PQ" not in str(fields)
    ]

    assert refused > 80
    assert len(good) == opened


@pytest.mark.age
@pytest.mark.skipif(AGE is None, reason="the age program is not installed")
def test_02_stock_age_opens_our_store_and_we_open_its_files(world, tmp_path):
    """``age -d -i study.shred study.key | age -d -i dana.identity`` gives the document, in all states of the slots."""
    with world.open() as store:
        rotate(store)
    outer = subprocess.run([AGE, "-d", "-i", world.shred, world.keys / STORE], capture_output=True, check=True)
    inner = subprocess.run([AGE, "-d", "-i", world.identity, "-"], input=outer.stdout, capture_output=True, check=True)
    document = codec.from_bytes(inner.stdout)
    identity = load_identity(world.identity)
    theirs = subprocess.run(
        [AGE, "-r", str(identity.to_public())], input=inner.stdout, capture_output=True, check=True
    ).stdout

    assert world.study.settings.id == document.study
    assert inner.stdout == container.decrypt(theirs, identity)
    both = render(7, identity) + render(8, pyrage.x25519.Identity.generate())
    (tmp_path / "both.shred").write_bytes(both)
    assert (
        inner.stdout
        == subprocess.run(
            [AGE, "-d", "-i", tmp_path / "both.shred", "-"], input=theirs, capture_output=True, check=True
        ).stdout
    )


def test_03_every_flipped_byte_keeps_it_shut(world):
    """A changed bit anywhere in study.key: never opens; exit code 12, 13 or 15."""
    path = world.keys / STORE
    data = path.read_bytes()
    places = range(len(data)) if len(data) < 3000 else [*range(600), *range(600, len(data), 17), len(data) - 1]
    codes = set()
    for place in places:
        codes.add(_code_of_opening(world, data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]))

    assert codes <= {12, 13, 15}
    assert codes


def _code_of_opening(world, data):
    """The exit code with these bytes as study.key; without touching the disk more than needed."""
    slots = parse(world.shred.read_bytes())
    identity = load_identity(world.identity)
    try:
        codec.from_bytes(container.open_inner(container.open_outer(data, slots[0].identity), identity))
    except AnonymizerError as error:
        return error.exit_code
    return 0


def test_04_every_cut_and_one_byte_more_keep_it_shut(world):
    """Cut at every length, or with one byte appended: never opens."""
    data = (world.keys / STORE).read_bytes()
    lengths = [*range(600), *range(600, len(data), 13), len(data) - 1]
    codes = {_code_of_opening(world, data[:length]) for length in lengths} | {_code_of_opening(world, data + b"\0")}

    assert codes <= {12, 13, 15}


def test_05_swapping_pseudonyms_needs_the_key(full):
    """Nothing in the file can be moved: two stores of the same content share no 32 bytes but the age header."""
    with full.open() as store:
        store.log("run")
        first = store.raw
        store.log("run")
        second = store.raw

    blocks = {first[i : i + 32] for i in range(200, len(first) - 32)}
    assert not any(second[i : i + 32] in blocks for i in range(200, len(second) - 32))


@pytest.mark.parametrize("count", [3000, pytest.param(100_000, marks=pytest.mark.long)])
def test_06_mutated_headers_give_only_our_errors(world, count):
    """Random mutations of the header: an error of ours every time."""
    dice = random.Random(6)
    data = (world.keys / STORE).read_bytes()
    identity = parse(world.shred.read_bytes())[0].identity
    for _ in range(count):
        mutant = bytearray(data)
        for _ in range(dice.randint(1, 4)):
            kind, place = dice.randrange(3), dice.randrange(220)
            if kind == 0:
                mutant[place] = dice.randrange(256)
            elif kind == 1:
                del mutant[place : place + dice.randint(1, 9)]
            else:
                mutant[place:place] = dice.choice([b"\n", b"-> X25519 ", b"--- ", b"A" * 43, b"\r", b"="])
        if bytes(mutant) == data:
            continue
        with pytest.raises((DamagedError, ShredError)):
            container.open_outer(bytes(mutant), identity)


def test_07_absurd_headers_are_refused_quickly(world, tmp_path):
    """A work factor of 2^40, 100,000 stanzas, a file of 1 GiB: refused in under a second."""
    identity = tmp_path / "hostile.identity"
    salt = base64.b64encode(b"s" * 16).decode().rstrip("=")
    identity.write_bytes(
        container.MAGIC + f"-> scrypt {salt} 40\n".encode() + b"A" * 43 + b"\n--- " + b"A" * 43 + b"\n"
    )
    started = time.perf_counter()
    with pytest.raises(DamagedError, match="more work"):
        load_identity(identity, lambda: "x")
    stanza = b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n"
    with pytest.raises(DamagedError):
        container.open_outer(
            container.MAGIC + stanza * 100_000 + b"--- " + b"A" * 43 + b"\n",
            parse(world.shred.read_bytes())[0].identity,
        )
    huge = world.keys / STORE
    with huge.open("r+b") as file:
        file.truncate(1 << 30)
    with pytest.raises(DamagedError, match="larger"):
        world.open()

    assert time.perf_counter() - started < 1


def test_08_wrong_passphrase_stranger_and_wrong_shred_are_told_apart(world, tmp_path):
    """12, 12 and 15 with three messages; nothing is written."""
    create_identity(tmp_path / "locked.identity", "right", None)
    create_identity(tmp_path / "stranger.identity", None)
    before = {path: path.read_bytes() for path in world.root.rglob("*") if path.is_file()}
    errors = []
    for options in (
        {"identity": tmp_path / "locked.identity", "passphrase": lambda: "wrong"},
        {"identity": tmp_path / "stranger.identity"},
    ):
        with pytest.raises(NotAHolderError) as caught:
            world.open(**options)
        errors.append(caught.value)
    world.shred.write_bytes(render(1, pyrage.x25519.Identity.generate()) + b"#" + b"x" * 126 + b"\n")
    with pytest.raises(ShredError) as caught:
        world.open()
    errors.append(caught.value)
    world.shred.write_bytes(before[world.shred])

    assert [12, 12, 15] == [error.exit_code for error in errors]
    assert 3 == len({error.message for error in errors})
    after = {path: path.read_bytes() for path in world.root.rglob("*") if path.is_file() and path.name != ".lock"}
    assert {path: data for path, data in before.items() if path.name != ".lock"} == after


def test_09_passphrases_as_people_type_them(tmp_path):
    """Composed and decomposed characters are one passphrase; empty and absurdly long ones are refused."""
    path = tmp_path / "a.identity"
    composed = unicodedata.normalize("NFC", "Grüße, Zoë")
    create_identity(path, composed)

    load_identity(path, lambda: unicodedata.normalize("NFD", composed))
    for absurd in ("", "x" * 1_000_000):
        with pytest.raises(NotAHolderError, match=r"empty|longer"):
            create_identity(tmp_path / "b.identity", absurd)
    assert not (tmp_path / "b.identity").exists()


def test_09_one_trailing_newline_of_a_passphrase_file_is_stripped(tmp_path):
    """The file's first line counts, without its newline."""
    from anonymizer.cli.common import passphrase_source

    (tmp_path / "p").write_text("two words \n\nignored\n")

    assert "two words " == passphrase_source(tmp_path / "p", None)()


def test_11_no_object_shows_or_pickles_a_secret(full):
    """repr, str and format of what holds the key show no name and no secret; pickling is refused."""
    with full.open() as store:
        store.link("t00000000000a", "P01")
        document = store.document
        secrets = {
            str(store.slot.identity), document.seed.hex(), document.secret.hex(), repr(document.seed)[2:-1],
            *(p.name for p in document.people()), *(s.key for s in document.transcripts.values()),
        }  # fmt: skip
        things = [
            store, document, store.slot, store.shred, next(iter(document.holders.values())),
            next(iter(document.transcripts.values())), store.view(), store.study,
            lookup(document, "P01", "pseudonym"), plan_withdrawal(store, "P01"),
        ]  # fmt: skip
        for thing in things:
            shown = f"{thing!r} {thing!s} {thing}"
            assert not [secret for secret in secrets if secret in shown], type(thing)
        for thing in things[:6]:
            with pytest.raises(TypeError):
                pickle.dumps(thing)


def test_15_two_processes_save_at_once(full):
    """One wins, the other ends with 11, and nothing is lost."""
    code = (
        "import sys, pathlib, time\n"
        "from anonymizer.study import open_study\n"
        "from anonymizer.keystore.store import open_store\n"
        "from anonymizer.errors import AnonymizerError\n"
        "study = open_study(pathlib.Path(sys.argv[1]))\n"
        "try:\n"
        "    with open_store(study, state=pathlib.Path(sys.argv[2])) as store:\n"
        "        store.log('run', n=int(sys.argv[3])); time.sleep(1.5)\n"
        "except AnonymizerError as error:\n"
        "    sys.exit(error.exit_code)\n"
    )
    root = str(Path(__file__).parents[2])
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(full.study.folder), str(full.state), str(n)],
            env={**os.environ, "PYTHONPATH": root},
        )
        for n in (1, 2)
    ]
    codes = sorted(run.wait(timeout=60) for run in runs)
    with full.open() as store:
        report = verify_log(full.study.log, store.document.log)

    assert [0, 11] == codes
    assert report.ok
    assert 1 == report.counts["run"]


def test_16_saving_after_somebody_else_saved_stops(full):
    """Without the lock (a share that has none) the generation is compared, and the later save refused."""
    store = full.open()
    store._resources.close()
    with full.open() as other:
        other.log("run")
    with pytest.raises(LockedError, match="saved"):
        store.log("run")


# a lock file has no content that a second name could keep
@pytest.mark.parametrize(
    ("name", "how"),
    [*((n, h) for n in ("store", "shred", "identity") for h in ("symlink", "hard link")), ("lock", "symlink")],
)
def test_17_links_are_refused(world, name, how):
    """A planted link would let somebody redirect or keep what is read and overwritten."""
    path = {
        "store": world.keys / STORE, "shred": world.shred, "lock": world.keys / ".lock", "identity": world.identity
    }[name]  # fmt: skip
    aside = world.root / "aside"
    path.rename(aside)
    path.symlink_to(aside) if how == "symlink" else os.link(aside, path)
    content = aside.read_bytes()
    with pytest.raises((DamagedError, OutputError, ShredError)):
        world.open()

    assert content == aside.read_bytes()


def test_17_planted_temporary_link_is_not_followed(full):
    """A symbolic link where the temporary file goes is removed, its target left alone."""
    target = full.root / "precious"
    target.write_text("keep me")
    (full.keys / ".tmp-study.key").symlink_to(target)
    with full.open() as store:
        store.log("run")

    assert "keep me" == target.read_text()


def test_18_holders_are_added_and_removed_by_rule(world, tmp_path):
    """The last, yourself, the same key twice, a label twice, a nonsense key: refused, each in its own words."""
    recipient = create_identity(tmp_path / "mo.identity", None)
    messages = []
    with world.open() as store:
        attempts = [
            lambda: remove_holder(store, "dana"),
            lambda: add_holder(store, "other", str(load_identity(world.identity).to_public())),
            lambda: add_holder(store, "Dana", recipient),
            lambda: add_holder(store, "x", "age1nonsense"),
            lambda: remove_holder(store, "nobody"),
            lambda: add_holder(store, "", recipient),
        ]
        for attempt in attempts:
            with pytest.raises(KeyStoreError) as caught:
                attempt()
            messages.append(caught.value.message)
        add_holder(store, "mo", recipient)
        with pytest.raises(KeyStoreError, match="yourself") as caught:
            remove_holder(store, "dana")
        messages.append(caught.value.message)

    assert len(messages) == len(set(messages))


def test_19_removed_holder_and_her_old_files(full, tmp_path):
    """The new store is closed to her; her old copies stay open to her, as the documentation says."""
    identity = tmp_path / "mo.identity"
    with full.open() as store:
        add_holder(store, "mo", create_identity(identity, None))
    old_store, old_shred = (full.keys / STORE).read_bytes(), full.shred.read_bytes()
    with full.open() as store:
        remove_holder(store, "mo")
        new = store.raw
        live = store.slot.identity

    with pytest.raises(ShredError):
        container.open_outer(new, parse(old_shred)[0].identity)
    with pytest.raises(NotAHolderError):
        container.open_inner(container.open_outer(new, live), load_identity(identity))
    inner = container.open_outer(old_store, parse(old_shred)[0].identity)
    assert 5 == len(codec.from_bytes(container.open_inner(inner, load_identity(identity))).people())


def test_19_holder_who_removes_herself(full, tmp_path):
    """With --me a holder can go; she cannot open afterwards, the other can."""
    identity = tmp_path / "mo.identity"
    with full.open() as store:
        add_holder(store, "mo", create_identity(identity, None))
        remove_holder(store, "dana", me=True)

    with pytest.raises(NotAHolderError):
        full.open()
    with full.open(identity=identity) as store:
        assert ["mo"] == [holder.label for holder in store.document.holders.values()]
        store.log("run")


def test_20_yesterdays_store_after_a_withdrawal(full):
    """An older copy does not open any more: exit code 15, and the message says why."""
    old = (full.keys / STORE).read_bytes()
    with full.open() as store:
        withdraw(store, "P01", full.root / "worklist")
    (full.keys / STORE).write_bytes(old)
    with pytest.raises(ShredError) as caught:
        full.open()

    assert 15 == caught.value.exit_code
    assert "withdrawal" in caught.value.hint


def test_21_yesterdays_store_and_log_together(full):
    """Refused where this computer has a pin; where it has none, said."""
    old = {path: path.read_bytes() for path in (full.keys / STORE, full.study.log)}
    with full.open() as store:
        store.log("run")
        store.log("run")
    for path, data in old.items():
        path.write_bytes(data)
    with pytest.raises(RolledBackError) as caught:
        full.open()
    assert 14 == caught.value.exit_code

    with full.open(state=full.root / "another computer") as store:
        assert any("first use on this computer" in notice for notice in store.notices)


def test_21_old_store_with_the_new_log(full):
    """A store older than its log by more than one save is refused even without a pin."""
    old = (full.keys / STORE).read_bytes()
    with full.open() as store:
        store.log("run")
        store.log("run")
    (full.keys / STORE).write_bytes(old)
    with pytest.raises(RolledBackError, match="older than its log"):
        full.open(state=full.root / "another computer")


def test_22_log_that_was_cut_or_exchanged(full):
    """The sealed head knows: a cut log and another log are 13."""
    lines = full.study.log.read_bytes().splitlines(keepends=True)
    for changed in (lines[:-1], [*lines[:-1], lines[-1].replace(b'"added":5', b'"added":6')], []):
        full.study.log.write_bytes(b"".join(changed))
        with pytest.raises(DamagedError) as caught:
            full.open()
        assert 13 == caught.value.exit_code


def test_23_torn_last_line_is_overwritten(full):
    """A torn line after a crash is no error loop: the next entry takes its place."""
    whole = full.study.log.read_bytes()
    full.study.log.write_bytes(whole + b'{"act":"run","da')
    with full.open() as store:
        store.log("run")
        assert verify_log(full.study.log, store.document.log).ok

    assert full.study.log.read_bytes().startswith(whole)


def _people(store):
    return {p.code: p for p in store.view().roster if p.code}


def test_24_withdrawing_somebody_whom_others_mention(full):
    """The name is gone from every entry; the worklist had the entries before."""
    with full.open() as store:
        code = next(c for c, p in _people(store).items() if p.name == "Wilhelmina Oduya")
        other = next(c for c in _people(store) if c.startswith("P") and c != code)
        store.link("t00000000000a", code)
        store.link("t00000000000b", other)
        mine, theirs, full_name = f"{code}-1", f"{other}-1", "Wilhelmina Oduya"
        store.update(
            Update(
                entities=(
                    entity("PERSON", "Wilhelmina Oduya", code, forms=(full_name, "Mina"), inside=(mine, theirs)),
                    entity("PERSON", "Bartosz Oduya", "[P's husband]", about=(code,), inside=(mine,)),
                    entity("PERSON", "Mina", "[Person 1]", scope="transcript", transcript=theirs, inside=(theirs,)),
                    entity("ORGANIZATION", "Oduya & Sons", "[Company 1]", forms=("Oduya & Sons", "the Sons"),
                           inside=(mine, theirs)),
                    entity("PERSON", "Quillon Marsh", "[Person 2]", inside=(theirs,)),
                ),
                originals=((theirs, (("1:0-4", "Mina"), ("2:0-7", "Quillon"))),),
            )
        )  # fmt: skip
        done = withdraw(store, code, full.root / "worklist")
        body = codec.to_bytes(store.document).decode("utf-8", "replace")
        assert {"2:0-7": "Quillon"} == store.originals(theirs)
        frozen = store.view().frozen

    for name in ("Wilhelmina", "wilhelmina", "Oduya", "oduya", "Mina", "mina", "Willa"):
        assert name not in body
    assert "Quillon Marsh" in body
    assert {theirs} == frozen
    worklist = (full.root / "worklist").read_text()
    for expected in (f"Withdrawal of {code}", "[Person 1]", "[P's husband]", "[Company 1] of others", theirs):
        assert expected in worklist
    assert "Oduya" not in worklist
    assert done.plan.forgotten.cleaned == ("[Company 1]",)


def entity(kind, form, pseudonym, *, forms=(), about=(), inside=(), scope="study", transcript=""):
    """A new entity."""
    return KnownEntity(
        "", kind, "", scope, transcript, form.casefold(), forms or (form,), pseudonym, tuple(about), tuple(inside)
    )


def test_25_withdrawing_twice_or_nobody(full):
    """ "Already", "no such", and a tombstone without name or hash."""
    with full.open() as store:
        name = _people(store)["P01"].name
        withdraw(store, "P01", full.root / "w1")
        with pytest.raises(KeyStoreError, match="already") as twice:
            withdraw(store, "P01", full.root / "w2")
        with pytest.raises(KeyStoreError, match="no such"):
            withdraw(store, "P77", full.root / "w3")
        assert ["withdrawn"] == [e.kind for e in lookup(store.document, "P01", "pseudonym")]
        with pytest.raises(KeyStoreError, match="no such name"):
            lookup(store.document, name, "name")
        body = codec.to_bytes(store.document)

    assert 1 == twice.value.exit_code
    assert not (full.root / "w2").exists()
    assert sha256(name.encode()).hexdigest().encode() not in body


def test_26_ten_thousand_new_people_after_a_withdrawal(world):
    """A withdrawn code is never given again, and no code twice."""
    with world.open() as store:
        store.import_roster(Roster(tuple(Person(f"First{i} Last{i}") for i in range(5))))
        withdraw(store, "P05", world.root / "w")
        withdraw(store, "P02", world.root / "w2")
        store.import_roster(Roster(tuple(Person(f"New{i} Comer{i}") for i in range(10_000))))
        codes = [p.code for p in store.view().roster]
        store.link("t00000000000a", "P01")
        with pytest.raises(KeyStoreError, match="twice"):
            store.update(Update(entities=(entity("PERSON", "x", "P05", inside=("P01-1",)),)))

    assert 10_003 == len(codes) == len(set(codes))
    assert not {"P02", "P05"} & set(codes)


def test_27_destroying_with_a_wrong_id_or_a_locked_store(full):
    """Nothing is touched."""
    before = {path: path.read_bytes() for path in full.keys.iterdir()} | {full.shred: full.shred.read_bytes()}
    with full.open() as store, pytest.raises(KeyStoreError, match="not the study's id"):
        destroy(store, "yes")
    with full.open(), pytest.raises(LockedError):
        full.open(destroying=True)

    assert before == {path: path.read_bytes() for path in before}


def test_28_killed_between_wipe_and_certificate(full):
    """No certificate; an unsigned record that says so, and that is refused as a certificate."""
    from anonymizer.keystore import destroy as room

    store = full.open()
    store.append_line("destroy", {"sha256": sha256(store.raw).hexdigest()})
    room.wipe(store, "x")
    store.close()
    done = room.complete(full.study)

    assert not done.signed
    assert "key destroyed" in done.status
    record = json.loads(done.certificate.read_bytes())
    assert (False, "destroy") == (record["signed"], "destroy")
    assert record["destroy_line"]["data"]["sha256"]
    assert not (full.study.audit / "certificate.json").exists()
    assert "unsigned" in check_certificate(done.certificate, full.study.log)[0]


@pytest.fixture
def certificate(full):
    """A destroyed study's certificate."""
    with full.open() as store:
        store.count("readings", "lookup")
        destroy(store, full.study.settings.id)
    return full.study.audit / "certificate.json"


def test_29_certificate_is_good_as_issued(full, certificate):
    """As issued, certificate and log fit, without any secret; the words are careful."""
    body = json.loads(certificate.read_bytes())

    assert [] == check_certificate(certificate, full.study.log)
    assert "key destroyed" == body["status"]
    assert not (full.keys / STORE).exists()
    assert not full.shred.exists()
    text = (full.study.audit / "certificate.txt").read_text()
    assert "does not prove" in text
    assert "anonymous" not in text.lower()


@pytest.mark.parametrize(
    "field", ["study", "title", "status", "time", "holder", "method", "counts", "checks", "limits", "store", "log"]
)
def test_29_changed_field_of_a_certificate(full, certificate, field):
    """Every field is under the signature."""
    body = json.loads(certificate.read_bytes())
    body[field] = {"holder": "h-XXXXXXXX", "store": {"sha256": "0" * 64, "generation": 1}}.get(
        field, {"seq": 1, "head": body["log"]["head"]} if field == "log" else [] if isinstance(body[field], list) else
        {} if isinstance(body[field], dict) else body[field] + "x"
    )  # fmt: skip
    certificate.write_text(json.dumps(body))

    assert any("signature" in text for text in check_certificate(certificate, full.study.log))


def test_29_other_log_longer_log_no_log(full, certificate, tmp_path):
    """Another log, a log that goes on, a log that was cut, and no log: each refused."""
    lines = full.study.log.read_bytes().splitlines(keepends=True)
    reasons = []
    changed = [lines[0].replace(b'"gen":1', b'"gen":2'), *lines[1:]]
    for name, content in {"cut": lines[:-1], "longer": [*lines, lines[-1]], "changed": changed}.items():
        (tmp_path / name).write_bytes(b"".join(content))
        reasons.append(tuple(check_certificate(certificate, tmp_path / name)))
    reasons.append(tuple(check_certificate(certificate, tmp_path / "missing")))

    assert all(reasons)
    assert 4 == len(set(reasons))


def test_29_nothing_is_certified_without_a_completed_wipe(full):
    """issue() refuses a wipe of which a check failed: that rule lives there and not in its callers."""
    with full.open() as store:
        wipe = CompletedWipe("0" * 64, 1, store.tail, "m", {}, (Check("gone", False),))
        with pytest.raises(DamagedError):
            issue(wipe, Circumstances("s", "t", "now", store.holder_id), store.signer())


def test_destroyed_with_originals_present_says_so(full):
    """Received files that are still there are no small matter: the status says it."""
    (full.study.received / "a.json").write_text("{}")
    with full.open() as store:
        done = destroy(store, full.study.settings.id)

    assert "key destroyed, originals present" == done.status
    assert "received: 1" in done.text


def test_store_of_another_study_is_refused(full, tmp_path):
    """A key store put in another's place is 13, not a wrong roster."""
    import datetime

    from anonymizer.study import create_study

    protocol = tmp_path / "p2.txt"
    protocol.write_text("1. What?\n")
    other = create_study(tmp_path / "other", protocol=protocol, title="x", ends_on=datetime.date(2031, 1, 1))
    other.set_local(keys=str(full.keys), shred=str(full.shred), identity=str(full.identity))
    from anonymizer.keystore.store import open_store

    with pytest.raises(DamagedError, match="another study"):
        open_store(other, state=full.state)


def test_second_key_for_the_same_study_is_refused(full, tmp_path):
    """A study whose log shows a key had one; a second would give pseudonyms again."""
    with pytest.raises(KeyStoreError, match="has a log already"):
        create_store(full.study, tmp_path / "k2", tmp_path / "s2", "x", tmp_path / "x.identity", None, False)


def test_forged_store_for_the_holders_needs_the_shred_secret(full):
    """Whoever knows the holders' recipients can seal a document, but not under the outer layer."""
    recipient = str(load_identity(full.identity).to_public())
    forged = container.seal(b"x", [recipient], str(pyrage.x25519.Identity.generate().to_public()))
    (full.keys / STORE).write_bytes(forged)
    with pytest.raises(ShredError):
        full.open()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_bare_identity_that_others_may_read_is_refused(world, mode):
    """An identity without passphrase must be 0600."""
    world.identity.chmod(mode)
    with pytest.raises(NotAHolderError, match="read by others"):
        world.open()


def test_key_may_not_lie_where_it_would_be_copied(bare, tmp_path):
    """Study folder, git work tree, synced folder, one folder for both: refused; insisted on: warned and recorded."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "Dropbox").mkdir()
    attempts = {
        "study folder": (bare.study.folder / "keys", bare.shred),
        "git work tree": (tmp_path / "repo" / "keys", bare.shred),
        "synchronized": (tmp_path / "Dropbox" / "keys", bare.shred),
        "one copy": (bare.keys, bare.keys / "study.shred"),
    }
    for words, (keys, shred) in attempts.items():
        with pytest.raises(KeyStoreError, match=words):
            create_store(bare.study, keys, shred, "dana", bare.identity, None, False, state=bare.state)
    made = create_store(
        bare.study, tmp_path / "Dropbox" / "keys", bare.shred, "dana", bare.identity, None, False, anyway=True,
        state=bare.state,
    )  # fmt: skip

    assert "synchronized" in made.warnings[0]
    with bare.open() as store:
        assert "synchronized" in store.document.medium["warning-1"]
