"""Codes, imports, links and speakers."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from anonymizer.errors import RosterError
from anonymizer.keystore.people import shuffled
from anonymizer.keystore.speakers import resolve, unresolved
from anonymizer.roster import Person, Roster


def names(store):
    """name -> code."""
    return {person.name: person.code for person in store.view().roster}


def test_import_gives_codes_by_role(world, roster):
    """Participants P01.., interviewers I1.., others none."""
    with world.open() as store:
        counts = store.import_roster(roster)
        codes = names(store)

    assert (5, 0, 0) == (counts.added, counts.updated, counts.unchanged)
    assert ["P01", "P02", "P03"] == sorted(c for c in codes.values() if c and c.startswith("P"))
    assert "I1" == codes["Corisande Whitlock"]
    assert codes["Percival Ashdown"] is None


def test_codes_do_not_follow_the_order_of_rows(bare):
    """The same people in any order of rows get the same codes, and not in the order of rows or names."""
    people = [Person(f"Person{chr(65 + i)} Example{chr(65 + i)}") for i in range(20)]
    order = shuffled(people, b"s" * 32, "codes 1")

    assert order != people
    assert order == shuffled(people, b"s" * 32, "codes 1")
    assert order != shuffled(people, b"t" * 32, "codes 1")
    assert sorted(p.name for p in people) == sorted(p.name for p in order)


def test_import_is_independent_of_row_order(world, roster, tmp_path):
    """Shuffling the CSV changes no code, because people are put in canonical order first."""
    from anonymizer.keystore import people as room

    mixed = list(roster)
    random.Random(5).shuffle(mixed)
    with world.open() as store:
        one, _ = room.import_roster(store.document, roster, store.random)
        two, _ = room.import_roster(store.document, Roster(tuple(mixed)), store.random)

    assert dict(one.participants) == dict(two.participants)


def test_second_import_adds_and_updates(full, roster):
    """A second import keeps codes, adds the new, updates the changed, and forgets no form."""
    rows = list(roster)
    rows[0] = replace(rows[0], aliases=("Billie",), organization=("Heron Works",))
    rows.append(Person("Ottoline Quarrie"))
    with full.open() as store:
        before = names(store)
        counts = store.import_roster(Roster(tuple(rows)))
        after = names(store)
        changed = next(p for p in store.view().roster if p.name == "Wilhelmina Oduya")

    assert (1, 1, 4) == (counts.added, counts.updated, counts.unchanged)
    assert before == {name: code for name, code in after.items() if name != "Ottoline Quarrie"}
    assert "P04" == after["Ottoline Quarrie"]
    assert ("Billie", "Mina", "Willa") == changed.aliases
    assert ("Heron Works", "Tidewater Looms") == changed.organization


def test_changed_name_is_found_by_email(full, roster):
    """A person who changed the name keeps the code; the old name becomes an alias."""
    rows = [replace(p, name="Wilhelmina Fairweather") if "Oduya" in p.name else p for p in roster]
    with full.open() as store:
        before = names(store)["Wilhelmina Oduya"]
        store.import_roster(Roster(tuple(rows)))
        person = next(p for p in store.view().roster if p.code == before)

    assert "Wilhelmina Fairweather" == person.name
    assert "Wilhelmina Oduya" in person.aliases


def test_role_change_is_refused(full):
    """A participant cannot become an interviewer by import: the code would lie."""
    with full.open() as store, pytest.raises(RosterError, match="is participant"):
        store.import_roster(Roster((Person("Thelonius Vanterpool", role="interviewer"),)))


def test_add_and_edit(full):
    """Adding gives the next code; editing replaces, and may drop forms."""
    with full.open() as store:
        code = store.add_person(Person("Ottoline Quarrie", aliases=("Otty",)))
        store.edit_person(code, Person("Ottoline Quarrie-Hale"))
        person = next(p for p in store.view().roster if p.code == code)

    assert "P04" == code
    assert ("Ottoline Quarrie-Hale", ()) == (person.name, person.aliases)


def test_sessions_and_groups(full):
    """P01-1, P01-2; a group of the same people keeps its code, another group gets the next."""
    with full.open() as store:
        codes = [
            store.link("t000000000001", "P01").code,
            store.link("t000000000002", "P01").code,
            store.link("t000000000003", "P02,P01").code,
            store.link("t000000000004", "P01,P02").code,
            store.link("t000000000005", "P01,P03").code,
            store.link("t000000000006", "P02", 5).code,
        ]

    assert ["P01-1", "P01-2", "G01-1", "G01-2", "G02-1", "P02-5"] == codes


def test_linking_twice(full):
    """The same tie again changes nothing; another one is refused with the way out."""
    with full.open() as store:
        store.link("t000000000001", "P01")
        generation = store.view().generation
        assert "P01-1" == store.link("t000000000001", "P01").code
        assert generation == store.view().generation
        with pytest.raises(RosterError, match="tied to P01-1") as caught:
            store.link("t000000000001", "P02")

    assert "--undo" in caught.value.hint


@pytest.mark.parametrize("code", ["P99", "I1", "nobody", "", "P01;P02"])
def test_link_to_nobody_is_refused(full, code):
    """Only participants of the key store can be linked."""
    with full.open() as store, pytest.raises(RosterError):
        store.link("t000000000001", code)


def test_speakers_resolve_without_guessing(full):
    """Full names, aliases and unique first names tie themselves; shared first names and strangers do not."""
    with full.open() as store:
        store.add_person(Person("Ines Falk"))
        roster = store.view().roster
        codes = names(store)

    mina, theo = codes["Wilhelmina Oduya"], codes["Thelonius Vanterpool"]
    expected = {
        "Wilhelmina Oduya:": mina,
        "THEO": theo,
        "thelonius": theo,
        "Vanterpool, Thelonius": theo,
        "Ines": None,
        "Interviewer": "I1",
        "P02": "P02",
        "Speaker 3": None,
    }
    speakers = resolve(tuple(expected), roster)

    assert expected == {s.label: s.code for s in speakers}
    assert ["Ines", "Speaker 3"] == [s.label for s in unresolved(speakers)]
    assert "interviewer" == speakers[5].role


def test_alias_of_one_and_first_name_of_another_is_ambiguous():
    """An alias that is somebody else's first name ties nobody."""
    roster = Roster((Person("Katherine Osgood", aliases=("Kit",), code="P01"), Person("Kit Marlowe", code="P02")))

    assert [("unknown", None)] == [(s.role, s.code) for s in resolve(["Kit"], roster)]


def test_speaker_map_wins(full):
    """The sealed map decides before any name does."""
    with full.open() as store:
        made = store.link("t000000000001", "P01", speakers=[("Speaker 1", "participant", "P01")])
        roster = store.view().roster
    mapped = {label: (role, code) for label, role, code in made.speakers}

    assert [("participant", "P01"), ("unknown", None)] == [
        (s.role, s.code) for s in resolve(["Speaker 1", "Speaker 2"], roster, mapped)
    ]


def test_participant_label_needs_one_participant(full):
    """ "Participant" means the only participant of the transcript, and nobody in a group."""
    with full.open() as store:
        roster = store.view().roster

    assert ["P02"] == [s.code for s in resolve(["Participant"], roster, participants=("P02",))]
    assert [None] == [s.code for s in resolve(["Participant"], roster, participants=("P02", "P03"))]
