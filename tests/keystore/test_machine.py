"""A hypothesis state machine over the store's commands, with crashes, against a plain dictionary."""

from __future__ import annotations

import datetime
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from anonymizer.audit.log import verify_lines
from anonymizer.errors import AnonymizerError
from anonymizer.keystore.create import create_store
from anonymizer.keystore.holders import add_holder, remove_holder
from anonymizer.keystore.identity import create_identity
from anonymizer.keystore.people import import_roster
from anonymizer.keystore.rotate import rotate
from anonymizer.keystore.shred import parse
from anonymizer.keystore.store import open_store
from anonymizer.keystore.view import KnownEntity, Update
from anonymizer.keystore.withdraw import withdraw
from anonymizer.roster import Person, Roster
from anonymizer.study import create_study


def build(simfs):
    """The machine's class over a lossy file system."""

    class Machine(RuleBasedStateMachine):
        """Commands change the store and the dictionary alike; a crash leaves one of the two states."""

        @initialize()
        def start(self):
            self.root = Path(tempfile.mkdtemp())
            protocol = self.root / "p.txt"
            protocol.write_text("1. What?\n")
            self.study = create_study(
                self.root / "study", protocol=protocol, title="x", ends_on=datetime.date(2031, 1, 1)
            )
            self.fs = simfs.SimFs()
            self.keys, self.shred = self.root / "keys", self.root / "stick" / "s"
            create_store(
                self.study, self.keys, self.shred, "dana", self.root / "dana.identity", None, True,
                state=self.root / "state", fs=self.fs,
            )  # fmt: skip
            self.model = {"people": {}, "gone": set(), "labels": {}, "holders": {"dana"}, "links": {}, "secret": 1}
            self.number = 0

        def open(self):
            """The store, on whatever the last crash left."""
            return open_store(self.study, state=self.root / "state", fs=self.fs)

        def snapshot(self, store):
            """The store's state in the dictionary's terms."""
            document = store.document
            return {
                "people": {code: p.name for code, p in document.participants.items()},
                "gone": set(document.tombstones),
                "labels": {e.pseudonym: e.forms for e in document.entities.values()},
                "holders": {h.label for h in document.holders.values()},
                "links": {s.link.code: s.link.participants for s in document.transcripts.values()},
                "secret": store.slot.counter,
            }

        def apply(self, command, expected, crash, how):
            """Run a command, perhaps with a crash after some steps; the result is the old or the new dictionary."""
            if crash is not None:
                self.fs.crash_at = self.fs.step + crash
            try:
                with self.open() as store:
                    command(store)
            except simfs.Crash:
                self.fs.crash_at = None
                self.fs = self.fs.reboot(how)
                with self.open() as store:
                    now = self.snapshot(store)
                assert now in (self.model, expected)
                self.model = now
                return
            self.fs.crash_at = None
            self.model = expected

        crash = st.one_of(st.none(), st.integers(0, 40))
        how = st.sampled_from(simfs.REBOOTS)

        def with_(self, **changes):
            """The dictionary with some of it changed."""
            return {**self.model, **changes}

        @rule(more=st.integers(1, 3), crash=crash, how=how)
        def import_people(self, more, crash, how):
            """New people get the next codes."""
            self.number += more
            new = [Person(f"Name{self.number - i} Last{self.number - i}") for i in range(more)]
            first = len(self.model["people"]) + sum(1 for c in self.model["gone"] if c[0] == "P" and "-" not in c) + 1
            with self.open() as store:
                document, _ = import_roster(store.document, Roster(tuple(new)), store.random)
                people = {code: p.name for code, p in document.participants.items()}
            assert {f"P{first + i:02d}" for i in range(more)} == set(people) - set(self.model["people"])
            self.apply(lambda store: store.import_roster(Roster(tuple(new))), self.with_(people=people), crash, how)

        @precondition(lambda self: self.model["people"])
        @rule(data=st.data(), crash=crash, how=how)
        def link(self, data, crash, how):
            """A transcript of one participant gets the next session."""
            code = data.draw(st.sampled_from(sorted(self.model["people"])))
            self.number += 1
            taken = [c for c in (*self.model["links"], *self.model["gone"]) if c.startswith(f"{code}-")]
            made = f"{code}-{max([0, *(int(c.split('-')[1]) for c in taken)]) + 1}"
            self.apply(
                lambda store: store.link(f"t{self.number:012d}", code),
                self.with_(links={**self.model["links"], made: (code,)}),
                crash,
                how,
            )

        @precondition(lambda self: self.model["links"])
        @rule(data=st.data(), crash=crash, how=how)
        def update(self, data, crash, how):
            """A new entity with a fresh label, and its original."""
            where = data.draw(st.sampled_from(sorted(self.model["links"])))
            self.number += 1
            label, form = f"[Company {self.number}]", f"Firm{self.number}"
            new = KnownEntity("", "ORGANIZATION", "company", "study", "", form, (form,), label, (), (where,))
            what = Update(entities=(new,), originals=((where, (("0:0-1", form),)),))
            self.apply(
                lambda store: store.update(what),
                self.with_(labels={**self.model["labels"], label: (form,)}),
                crash,
                how,
            )

        @precondition(lambda self: self.model["labels"])
        @rule(data=st.data())
        def label_twice(self, data):
            """A label that was given, or withdrawn, is refused."""
            given = sorted({*self.model["labels"], *(g for g in self.model["gone"] if g.startswith("["))})
            new = KnownEntity("", "PERSON", "", "study", "", "x", ("x",), data.draw(st.sampled_from(given)))
            with self.open() as store, pytest.raises(AnonymizerError):
                store.update(Update(entities=(new,)))

        @rule(crash=crash, how=how)
        def rotate(self, crash, how):
            """A new secret; nothing else."""
            self.apply(rotate, self.with_(secret=self.model["secret"] + 1), crash, how)

        @rule(crash=crash, how=how)
        def holders(self, crash, how):
            """Mo comes, or goes and takes the secret along."""
            if "mo" in self.model["holders"]:
                expected = self.with_(holders={"dana"}, secret=self.model["secret"] + 1)
                self.apply(lambda store: remove_holder(store, "mo"), expected, crash, how)
                return
            self.number += 1
            recipient = create_identity(self.root / f"mo{self.number}.identity", None, self.fs)
            self.apply(lambda store: add_holder(store, "mo", recipient), self.with_(holders={"dana", "mo"}), crash, how)

        @precondition(lambda self: self.model["people"])
        @rule(data=st.data(), crash=crash, how=how)
        def withdraw(self, data, crash, how):
            """Person, transcripts and what was only in them go; codes and labels stay reserved."""
            code = data.draw(st.sampled_from(sorted(self.model["people"])))
            with self.open() as store:
                inside = {e.pseudonym: e.transcripts for e in store.document.entities.values()}
            gone = {c for c, who in self.model["links"].items() if who == (code,)}
            lost = {label for label, places in inside.items() if places and set(places) <= gone}
            expected = self.with_(
                people={c: n for c, n in self.model["people"].items() if c != code},
                gone=self.model["gone"] | {code} | gone | lost,
                labels={label: forms for label, forms in self.model["labels"].items() if label not in lost},
                links={c: who for c, who in self.model["links"].items() if c not in gone},
                secret=self.model["secret"] + 1,
            )
            target = self.root / "worklist"
            target.unlink(missing_ok=True)
            self.apply(lambda store: withdraw(store, code, target), expected, crash, how)

        @rule()
        def log_only(self):
            """Logging changes nothing else."""
            with self.open() as store:
                store.log("run")

        @invariant()
        def same(self):
            """What a fresh opening shows is the dictionary; the log fits; one slot is live; nothing is unfinished."""
            if not hasattr(self, "model"):
                return
            with self.open() as store:
                assert self.model == self.snapshot(store)
                assert () == store.notices
                assert verify_lines(self.fs.read(self.study.log, 1 << 30), store.document.log).ok
                assert not store.document.pending
            assert 1 == len(parse(self.fs.read(self.shred, 256)))

        def teardown(self):
            """The study folder lies on the real disk."""
            if hasattr(self, "root"):
                shutil.rmtree(self.root)

    return Machine


def test_store_against_a_dictionary(simfs):
    """Short runs; the long ones are in test-long."""
    machine = build(simfs)
    machine.TestCase.settings = settings(
        max_examples=12,
        stateful_step_count=10,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    machine.TestCase().runTest()


@pytest.mark.long
def test_store_against_a_dictionary_for_long(simfs):
    """Many and long runs; the seed is printed where one fails."""
    machine = build(simfs)
    machine.TestCase.settings = settings(
        max_examples=300,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    machine.TestCase().runTest()
