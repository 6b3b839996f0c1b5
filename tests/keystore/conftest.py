"""A study with its key store, made fast: identities without passphrase, a pin folder of its own."""

from __future__ import annotations

import datetime
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from anonymizer.keystore.create import create_store
from anonymizer.keystore.store import Store, open_store
from anonymizer.keystore.view import KnownEntity
from anonymizer.roster import Roster, parse_roster
from anonymizer.study import Study, create_study


def _load(name: str) -> object:
    """A module beside this file; tests are not a package."""
    spec = importlib.util.spec_from_file_location(f"keystore_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


simfs_module = _load("simfs")

ROSTER = """name,aliases,email,organization,role,people,places,experience
Wilhelmina Oduya,Mina; Willa,mina.oduya@tidewater.example,Tidewater Looms,participant,Bartosz Oduya,Carrow Point,7 years
Thelonius Vanterpool,Theo,,Grackle & Daughters,participant,,,
Ines Abascal-Reyes,,ines@abascal.example,,participant,Wilhelmina Oduya,,
Corisande Whitlock,Cori,,,interviewer,,,
Percival Ashdown,,,,other,,,
"""


@dataclass
class World:
    """Where a study's things lie in a test."""

    root: Path
    study: Study

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def shred(self) -> Path:
        return self.root / "stick" / "study.shred"

    @property
    def identity(self) -> Path:
        return self.root / "home" / "dana.identity"

    @property
    def state(self) -> Path:
        return self.root / "state"

    def open(self, **options: object) -> Store:
        """Open as the first holder, or as somebody else by ``identity=``."""
        return open_store(self.study, **{"state": self.state, **options})  # type: ignore[arg-type]


def clock() -> datetime.datetime:
    """A time that does not move."""
    return datetime.datetime(2031, 3, 4, 5, 6, 7, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands keep their pin in the test's folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


@pytest.fixture
def bare(tmp_path: Path) -> World:
    """A study without a key store."""
    protocol = tmp_path / "protocol.txt"
    protocol.write_text("Background\n1. What do you do?\n")
    study = create_study(tmp_path / "study", protocol=protocol, title="Looms", ends_on=datetime.date(2031, 12, 31))
    (tmp_path / "home").mkdir()
    return World(tmp_path, study)


@pytest.fixture
def world(bare: World) -> World:
    """A study with a key store, one holder and nobody in it."""
    create_store(bare.study, bare.keys, bare.shred, "dana", bare.identity, None, False, clock=clock, state=bare.state)
    return bare


@pytest.fixture
def roster() -> Roster:
    """Three participants, an interviewer and another."""
    return parse_roster(ROSTER.encode())


@pytest.fixture
def roster_csv() -> str:
    """The same as CSV."""
    return ROSTER


@pytest.fixture
def full(world: World, roster: Roster) -> World:
    """A study whose roster is imported."""
    with world.open() as store:
        store.import_roster(roster)
    return world


@pytest.fixture
def the_clock() -> Callable[[], datetime.datetime]:
    """A clock that stands still."""
    return clock


@pytest.fixture(scope="session")
def simfs() -> object:
    """The module of the lossy file system."""
    return simfs_module


def known(kind: str, form: str, pseudonym: str, **more: object) -> KnownEntity:
    """A new entity of one form."""
    return KnownEntity("", kind, "", "study", "", form.casefold(), (form,), pseudonym, **more)  # type: ignore[arg-type]


@dataclass
class SimWorld:
    """A study on a real disk whose key lies on a lossy one."""

    world: World
    fs: object

    def open(self, fs: object, **options: object) -> Store:
        """Open on a given file system."""
        return self.world.open(fs=fs, clock=clock, **options)


@pytest.fixture
def sim(bare: World, roster: Roster) -> SimWorld:
    """A key store with two holders, a roster, two transcripts, entities and sealed originals, on a lossy disk."""
    from anonymizer.keystore.holders import add_holder
    from anonymizer.keystore.identity import create_identity
    from anonymizer.keystore.view import Update

    fs = simfs_module.SimFs()
    create_store(
        bare.study, bare.keys, bare.shred, "dana", bare.identity, None, True, clock=clock, state=bare.state, fs=fs
    )
    with bare.open(fs=fs, clock=clock) as store:
        add_holder(store, "mo", create_identity(bare.root / "home" / "mo.identity", None, fs))
        store.import_roster(roster)
        store.link("t00000000000a", "P01")
        store.link("t00000000000b", "P02")
        name = next(p.name for p in store.view().roster if p.code == "P01")
        store.update(
            Update(
                entities=(
                    KnownEntity(
                        "", "PERSON", "", "study", "", name.casefold(), (name,), "P01", ("P01",), ("P01-1", "P02-1")
                    ),
                    KnownEntity(
                        "", "ORGANIZATION", "company", "study", "", "x", ("Xylo Works",), "[Company 1]", (), ("P02-1",)
                    ),
                ),
                originals=(("P01-1", (("0:0-4", name),)), ("P02-1", (("3:1-5", name), ("4:0-4", "Xylo Works")))),
            )
        )
    return SimWorld(bare, fs)
