"""A full disk, a read-only disk, a forbidden write, at each write: the old state opens, no temporary file is left."""

from __future__ import annotations

import errno

import pytest

from anonymizer.errors import AnonymizerError, OutputError
from anonymizer.keystore.destroy import destroy
from anonymizer.keystore.rotate import rotate
from anonymizer.keystore.shred import parse
from anonymizer.keystore.vault import STORE, TEMPORARY

ERRORS = {"ENOSPC": errno.ENOSPC, "EROFS": errno.EROFS, "EACCES": errno.EACCES}


def refusal(command, store):
    """The error a command ends with, or None."""
    try:
        command(store)
    except AnonymizerError as error:
        return error
    return None


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("name", ["log", "rotate"])
def test_each_write_fails_once(sim, error, name):
    """Every step of a save fails once: an error of ours that names no path, then the store opens and saves again."""
    command = {"log": lambda store: store.log("run"), "rotate": rotate}[name]
    whole = sim.fs.clone()
    with sim.open(whole) as store:
        opening = whole.step
        command(store)
    with sim.open(sim.fs.clone()) as store:
        people = sorted(store.document.participants)
    failed = 0
    for step in range(opening, whole.step):
        fs = sim.fs.clone()
        with sim.open(fs) as store:
            fs.fail_at, fs.error = step, ERRORS[error]
            error_seen = refusal(command, store)
            failed += error_seen is not None
            fs.fail_at = None
        assert isinstance(error_seen, OutputError | None)
        assert str(sim.world.root) not in f"{error_seen}"
        assert not fs.exists(sim.world.keys / TEMPORARY), whole.steps[step]
        with sim.open(fs) as store:
            assert people == sorted(store.document.participants)
            store.log("run")
        assert 1 == len(parse(fs.read(sim.world.shred, 256)))
    # the pin's five steps are the last; their failure is a notice, since the save is done
    assert whole.step - opening - 4 <= failed <= whole.step - opening


def test_pin_that_cannot_be_written_is_a_notice(sim):
    """The save is done when the pin fails, so the command succeeds and says so."""
    whole = sim.fs.clone()
    with sim.open(whole) as store:
        store.log("run")
    fs = sim.fs.clone()
    with sim.open(fs) as store:
        fs.fail_at = whole.step - 1
        store.log("run")
        assert any("pin could not be written" in notice for notice in store.notices)


@pytest.mark.parametrize("error", ERRORS)
def test_destroy_on_a_medium_that_cannot_be_written(sim, error):
    """The probe comes before the log line: nothing is touched and nothing is claimed."""
    fs = sim.fs.clone()
    store = sim.open(fs)
    before = {path: fs.data[inode] for path, inode in fs.names_now.items() if path.name in (STORE, "log.jsonl")}
    fs.fail_at, fs.error = fs.step, ERRORS[error]
    with pytest.raises(OutputError):
        destroy(store, sim.world.study.settings.id)
    store.close()
    fs.fail_at = None

    assert before == {path: fs.data[fs.names_now[path]] for path in before}
    with sim.open(fs) as again:
        assert () == again.notices


def test_save_refuses_after_a_failure_at_its_last_step(sim):
    """When the folder's fsync fails nobody knows what survives, so the same opening saves no more."""
    whole = sim.fs.clone()
    with sim.open(whole) as store:
        opening = whole.step
        store.log("run")
    at = next(i for i in range(opening, whole.step) if whole.steps[i] == ("fsync folder", "keys"))
    fs = sim.fs.clone()
    with sim.open(fs) as store:
        fs.fail_at = at
        with pytest.raises(OutputError):
            store.log("run")
        fs.fail_at = None
        with pytest.raises(AnonymizerError, match="last step"):
            store.log("run")
    with sim.open(fs) as store:
        store.log("run")
