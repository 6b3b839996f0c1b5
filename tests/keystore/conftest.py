"""A study with its key store, made fast: identities without passphrase, a pin folder of its own."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from anonymizer.keystore.create import create_store
from anonymizer.keystore.store import Store, open_store
from anonymizer.roster import Roster, parse_roster
from anonymizer.study import Study, create_study

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
