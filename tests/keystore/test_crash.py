"""A crash at every step of every command, five kinds of reboot: the old state or the new one, and nothing between.

The matrix has teeth: each of ten planted bugs must make it fail (:func:`test_planted_bug_is_caught`).
"""

from __future__ import annotations

import contextlib

import pytest

from anonymizer.audit.log import verify_lines
from anonymizer.errors import AnonymizerError, UnfinishedError
from anonymizer.keystore import originals
from anonymizer.keystore.container import open_outer
from anonymizer.keystore.destroy import complete, destroy
from anonymizer.keystore.holders import remove_holder
from anonymizer.keystore.rotate import rotate
from anonymizer.keystore.shred import ShredFile, parse
from anonymizer.keystore.vault import STORE, TEMPORARY, Vault
from anonymizer.keystore.view import KnownEntity, Update
from anonymizer.keystore.withdraw import withdraw


def state(store):
    """What a command changes, without generation and log."""
    document = store.document
    return (
        sorted(document.participants),
        sorted((e.pseudonym, e.forms) for e in document.entities.values()),
        sorted(document.tombstones),
        sorted(h.label for h in document.holders.values()),
        store.slot.counter,
    )


def update(store, root):
    """A batch step with a new entity and its original."""
    store.update(
        Update(
            entities=(
                KnownEntity("", "PERSON", "", "transcript", "P02-1", "", ("Zeb",), "[Person 1]", (), ("P02-1",)),
            ),
            originals=(("P02-1", (("9:0-3", "Zeb"),)),),
            log=(("run", (("transcript", "P02-1"),)),),
        )
    )


def withdraw_p01(store, root):
    """A withdrawal; the worklist is another one each time."""
    target = root / "worklist"
    target.unlink(missing_ok=True)
    withdraw(store, "P01", target)


# command -> (act it logs, does it close older copies)
OPERATIONS = {
    "update": (update, "run", False),
    "rotate": (lambda store, root: rotate(store), "rotate", True),
    "holder remove": (lambda store, root: remove_holder(store, "mo"), "holder-remove", True),
    "withdraw": (withdraw_p01, "withdraw", True),
}


def opens_old_copy(fs, world, old):
    """True if any slot of the shred file still opens a copy of the store made before."""
    for slot in parse(fs.read(world.shred, 256)):
        try:
            open_outer(old, slot.identity)
        except AnonymizerError:
            continue
        return True
    return False


def violations(sim, simfs, name):
    """Every invariant that a crash somewhere breaks, as (step, reboot, what)."""
    operation, act, closes = OPERATIONS[name]
    world = sim.world
    old_raw = sim.fs.read(world.keys / STORE, 1 << 30)
    with sim.open(sim.fs.clone()) as store:
        old = state(store)
    found = []
    whole = sim.fs.clone()
    store = sim.open(whole)
    operation(store, world.root)
    new = state(store)
    store.close()
    if closes and opens_old_copy(whole, world, old_raw):
        found.append((whole.step, "returned", "an older copy still opens"))
    steps = whole.step
    seen = set()
    for step in range(steps + 1):
        fs = sim.fs.clone()
        fs.crash_at = step
        with contextlib.suppress(simfs.Crash), sim.open(fs) as store:
            operation(store, world.root)
        for how in simfs.REBOOTS:
            after = fs.reboot(how)
            for problem in check(sim, after, (old, new), act, old_raw if closes else None):
                found.append((step, how, problem))
            seen.add(how)
    assert set(simfs.REBOOTS) == seen
    return found


def check(sim, fs, states, act, old_raw):
    """Invariants after a reboot."""
    world = sim.world
    old, new = states
    try:
        store = sim.open(fs)
    except AnonymizerError as error:
        return [f"does not open: {error.code}"]
    problems = []
    now = state(store)
    log = verify_lines(fs.read(world.study.log, 1 << 30), store.document.log)
    if now not in (old, new):
        problems.append("neither old nor new")
    if now == new and new != old and not log.counts.get(act):
        problems.append("the new state has no log line")
    if not log.ok:
        problems.append(f"log: {log.problems[0][1]}")
    if log.ahead:
        problems.append("lines without effect were left")
    if old_raw is not None and now == new and opens_old_copy(fs, world, old_raw):
        problems.append("an older copy still opens")
    if len(parse(fs.read(world.shred, 256))) != 1:
        problems.append("not exactly one slot is live")
    if fs.exists(world.keys / TEMPORARY):
        problems.append("a temporary file was left")
    if store.document.pending:
        problems.append("a withdrawal was left unfinished")
    if len(store.document.participants) == 3 and "P01" in now[0]:
        problems += _originals(store)
    store.close()
    try:
        with sim.open(fs) as again:
            if again.notices:
                problems.append("the repair is not complete")
    except AnonymizerError as error:
        problems.append(f"does not open again: {error.code}")
    return problems


def _originals(store):
    """Sealed originals open, and none of a pseudonym that the document shows is missing."""
    try:
        texts = store.originals("P02-1")
    except AnonymizerError as error:
        return [f"originals: {error.message}"]
    if any(e.pseudonym == "[Person 1]" for e in store.document.entities.values()) and "9:0-3" not in texts:
        return ["an entity was saved before its original"]
    return []


@pytest.mark.parametrize("name", OPERATIONS)
def test_crash_at_every_step(sim, simfs, name):
    """Old or new, readable, logged, repaired, older copies closed: at each step and after each reboot."""
    assert [] == violations(sim, simfs, name)


@pytest.mark.parametrize("name", ["rotate", pytest.param("withdraw", marks=pytest.mark.long)])
def test_crash_in_the_repair_too(sim, simfs, name):
    """The power goes again at every step of the repair; the third opening still finds old or new."""
    assert [] == repair_violations(sim, simfs, name)


def test_repair_that_trusts_what_it_reads_is_caught(sim, simfs, monkeypatch):
    """A repair that wipes before it made durable what it read loses the store in a second crash."""
    fsync, folder = simfs.SimFs.fsync, simfs.SimFs.fsync_folder
    in_repair = []
    repair = Vault._repair

    def careless(self, slots):
        in_repair.append(True)
        try:
            repair(self, slots)
        finally:
            in_repair.clear()

    monkeypatch.setattr(Vault, "_repair", careless)
    monkeypatch.setattr(simfs.SimFs, "fsync", lambda self, path: None if in_repair and path.name == STORE else
                        fsync(self, path))  # fmt: skip
    monkeypatch.setattr(simfs.SimFs, "fsync_folder", lambda self, path: None if in_repair else folder(self, path))

    assert repair_violations(sim, simfs, "rotate")


def repair_violations(sim, simfs, name):
    """As :func:`violations`, with a second crash in the repair of the first."""
    operation, act, closes = OPERATIONS[name]
    old_raw = sim.fs.read(sim.world.keys / STORE, 1 << 30)
    with sim.open(sim.fs.clone()) as store:
        old = state(store)
    whole = sim.fs.clone()
    with sim.open(whole) as store:
        operation(store, sim.world.root)
        new = state(store)
    found = []
    for step in range(whole.step + 1):
        fs = sim.fs.clone()
        fs.crash_at = step
        with contextlib.suppress(simfs.Crash), sim.open(fs) as store:
            operation(store, sim.world.root)
        # killed, not rebooted: what is read in the repair may not be durable yet
        fs.crash_at = None
        first = fs.step
        probe = fs.clone()
        sim.open(probe).close()
        for second in range(probe.step + 1):
            again = fs.clone()
            again.crash_at = second
            with contextlib.suppress(simfs.Crash):
                sim.open(again).close()
            for how in ("lost", "torn", "names lost"):
                found += [
                    (step, first, second, how, p)
                    for p in check(sim, again.reboot(how), (old, new), act, old_raw if closes else None)
                ]
    return found


def test_crash_while_destroying(sim, simfs):
    """After a crash anywhere in destroy: whole and destroyable, or gone; a certificate only when all is gone."""
    world = sim.world
    outcomes = {"whole": 0, "unsigned": 0, "certified": 0}
    whole = sim.fs.clone()
    destroy(sim.open(whole), world.study.settings.id)
    certificate = world.study.audit / "certificate.json"
    for step in range(whole.step + 1):
        fs = sim.fs.clone()
        fs.crash_at = step
        with contextlib.suppress(simfs.Crash):
            destroy(sim.open(fs, destroying=True), world.study.settings.id)
        for how in simfs.REBOOTS:
            after = fs.reboot(how)
            slots = parse(after.read(world.shred, 256)) if after.exists(world.shred) and len(
                after.data[after.names_now[world.shred]]) == 256 else ()  # fmt: skip
            if after.exists(certificate):
                outcomes["certified"] += 1
                assert not slots, (step, how)
                assert not after.exists(world.keys / STORE), (step, how)
                continue
            done = _destroy_again(sim, after)
            outcomes["whole" if done.signed else "unsigned"] += 1
            assert not after.exists(world.shred), (step, how)
            assert not after.exists(world.keys / STORE), (step, how)
            assert done.signed or bool(done.text.startswith("UNSIGNED"))
    assert all(outcomes.values()), outcomes


def _destroy_again(sim, fs):
    """What the command does when it is given again."""
    try:
        store = sim.open(fs, destroying=True)
    except AnonymizerError:
        done = complete(sim.world.study, fs=fs)
        assert done is not None
        return done
    return destroy(store, sim.world.study.settings.id)


def test_interrupted_destruction_is_said_by_other_commands(sim, simfs):
    """After the destroy line other commands stop with exit code 16."""
    fs = sim.fs.clone()
    store = sim.open(fs)
    store.append_line("destroy", {"sha256": "x"})
    store.close()
    with pytest.raises(UnfinishedError) as caught:
        sim.open(fs)

    assert 16 == caught.value.exit_code


def _no_fsync_of_secret(monkeypatch):
    def write(self, slot):
        from anonymizer.keystore.shred import render

        self._fs.overwrite(self.path, slot.index * 128, render(slot.counter, slot.identity))

    monkeypatch.setattr(ShredFile, "write", write)


def _old_secret_wiped_first(monkeypatch):
    write = ShredFile.write

    def early(self, slot):
        write(self, slot)
        self.wipe(1 - slot.index)

    monkeypatch.setattr(ShredFile, "write", early)


def _no_fsync_of_store(monkeypatch, simfs):
    fsync = simfs.SimFs.fsync
    monkeypatch.setattr(simfs.SimFs, "fsync", lambda self, path: None if path.name == TEMPORARY else fsync(self, path))


def _no_folder_fsync(monkeypatch, simfs):
    fsync = simfs.SimFs.fsync_folder
    monkeypatch.setattr(
        simfs.SimFs, "fsync_folder", lambda self, path: None if path.name == "keys" else fsync(self, path)
    )


def _written_in_place(monkeypatch):
    def write(self, raw, body, slot, saved):
        self.fs.append(self._path, 0, raw)
        self.fs.fsync(self._path)

    monkeypatch.setattr(Vault, "_write", write)


def _no_wipe(monkeypatch):
    monkeypatch.setattr(ShredFile, "wipe", lambda self, index: None)


def _no_repair(monkeypatch):
    monkeypatch.setattr(Vault, "_repair", lambda self, slots: None)


def _log_after_store(monkeypatch):
    append, write = Vault.append, Vault._write

    def later(self, data, head):
        self.held = (data, head)

    def then(self, *args):
        write(self, *args)
        append(self, *self.held)

    monkeypatch.setattr(Vault, "append", later)
    monkeypatch.setattr(Vault, "_write", then)


def _originals_after_save(monkeypatch):
    from anonymizer.keystore.store import Store

    write, real_update = originals.write, Store.update

    def late(self, what):
        held = []
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(originals, "write", lambda *args, **kwargs: held.append((args, kwargs)))
            real_update(self, what)
        for args, kwargs in held:
            write(*args, **kwargs)

    monkeypatch.setattr(Store, "update", late)


def _pin_before_store(monkeypatch):
    from anonymizer.keystore.pin import Pin

    write = Vault._write

    def early(self, raw, body, slot, saved):
        self._pin.write(Pin(saved.generation, saved.log))
        write(self, raw, body, slot, saved)

    monkeypatch.setattr(Vault, "_write", early)


BUGS = {
    "no fsync of the new secret": (_no_fsync_of_secret, "rotate"),
    "old secret wiped first": (_old_secret_wiped_first, "rotate"),
    "no fsync of the new store": (_no_fsync_of_store, "rotate"),
    "no fsync of the folder": (_no_folder_fsync, "rotate"),
    "store written in place": (_written_in_place, "rotate"),
    "old secret not wiped": (_no_wipe, "rotate"),
    "no repair on opening": (_no_repair, "rotate"),
    "log after store": (_log_after_store, "rotate"),
    "originals after the save": (_originals_after_save, "update"),
    "pin before store": (_pin_before_store, "rotate"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_caught(sim, simfs, monkeypatch, bug):
    """Each planted bug breaks an invariant of the crash matrix."""
    plant, operation = BUGS[bug]
    plant(monkeypatch, simfs) if "simfs" in plant.__code__.co_varnames else plant(monkeypatch)

    assert violations(sim, simfs, operation)
