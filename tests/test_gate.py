"""The gate: what is known to be hidden is found wherever it is left, and only there."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizer.detection.finding import EntityType
from anonymizer.entities.entity import Scope
from anonymizer.gate import Hit, Original, known_originals, search
from anonymizer.keystore.view import KeyView, KnownEntity
from anonymizer.roster import Person, Roster


def original(text: str, entity_type: EntityType = "PERSON", scope: str = "study") -> Original:
    """One known original."""
    return Original("[Person 3]", text, entity_type, scope)


def found(
    text: str,
    *originals: Original,
    place: str = "turn 4",
    code: str = "P07-1",
    kept: Sequence[tuple[int, str, str]] = (),
) -> list[bool]:
    """Whether each hit is excused."""
    return [hit.excused for hit in search([(place, text)], originals, code=code, kept=kept)]


@pytest.mark.parametrize(
    "text",
    [
        "Ottoline Farquhar came",
        "so OTTOLINE FARQUHAR",
        "ottoline  farquhar's plan",
        "Ottoline-Farquhar",
        "Ottoline_Farquhar",
        "Ottoliné Fárquhar",
        "Otto\u200bline Far\u00adquhar",
        "Оttоlіnе Farquhar",
        "Ottoline Farquhar",
        "ottolinefarquhar",
        "(Ottoline\nFarquhar)",
        "O\u0308ttoline Farquhar",
        "Ｏｔｔｏｌｉｎｅ Farquhar",
    ],
)
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    """Case, accents, separators, invisible and look-alike characters."""
    assert [False] == found(text, original("Ottoline Farquhar"))


@pytest.mark.parametrize("text", ["Ottolines", "Farquharson came", "Ottoline and Farquhar", "[Person 3]", ""])
def test_parts_of_other_words_are_no_hits(text: str) -> None:
    """Tokens, not substrings: a false alarm stops a release."""
    assert [] == found(text, original("Ottoline Farquhar"))


def test_a_hit_tells_where_and_which_and_never_the_words() -> None:
    """Hits end in errors and logs."""
    (hit,) = search([("turn 12", "Ottoline Farquhar")], [original("Ottoline Farquhar")], code="P07-1")
    assert Hit("turn 12", 12, "[Person 3]", "PERSON", excused=False) == hit
    assert "ttoline" not in repr((hit, original("Ottoline Farquhar")))


def test_scope_limits_where_a_bare_name_is_looked_for() -> None:
    """ "Nadia" of P07-1 may be somebody else in P12-1."""
    nadia = original("Nadia", scope="P07-1")
    assert [False] == found("Nadia came", nadia)
    assert [] == found("Nadia came", nadia, code="P12-1")
    assert [] == found("Nadia came", nadia, code="")


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("then Will said so", 1),
        ("we will see", 0),
        ("Will you come?", 0),
        ("I know. Will you?", 0),
        ("I know. Will said so", 1),
        ("Will's idea", 1),
        ("it was Will", 1),
        ("WILL", 0),
        ("will smith", 0),
        ("so Will Thornby", 1),
    ],
)
def test_everyday_words_count_only_where_they_stand_as_names(text: str, hits: int) -> None:
    """Will, Page, May: by the capital that no sentence's start explains."""
    assert hits == len(found(text, original("Will")))


@pytest.mark.parametrize("place", ["file name", "docProps/core.xml", "turn 4 speaker", "cell name"])
def test_in_names_and_properties_everyday_words_count_always(place: str) -> None:
    """No sentence explains "will.docx"; a speaker called "will" is Will."""
    expected = [] if place == "cell name" else [False]
    assert expected == found("will", original("Will"), place=place)


def test_file_names_in_camel_case_are_taken_apart() -> None:
    """KatherineOsei2021.docx."""
    assert [False] == found("interview_FarquharFinal2021.docx", original("Farquhar"), place="file name")


def test_a_recorded_keep_excuses_that_form_in_that_turn_and_is_counted() -> None:
    """Not in another turn, not another form, not more often than decided, never in a file name."""
    adam = original("Zaltan")
    kept = [(4, "Zaltan optimizer", "TECHNOLOGY")]
    assert [True] == found("the Zaltan optimizer", adam, kept=kept)
    assert [False] == found("the Zaltan optimizer", adam, place="turn 5", kept=kept)
    assert [False] == found("Zaltan, the Zaltan optimizer", adam, kept=kept)
    assert [True] == found("Zaltan, the Zaltan optimizer", adam, kept=[*kept, (4, "Zaltan", "PERSON")])
    assert [True] == found("the Zaltan optimizer", adam, place="paragraph 9", kept=kept)
    assert [False] == found("Zaltan optimizer", adam, place="file name", kept=kept)
    assert [False] == found("Zaltan optimizer", adam, place="turn 4 speaker", kept=kept)


@pytest.mark.parametrize(
    ("text", "written", "entity_type"),
    [
        ("kat@lumen.example", "mail KAT@lumen.example now", "EMAIL"),
        ("+49 (0)30 901820-17", "call +49 030 901820 17", "PHONE"),
        ("555-0173", "555 0173", "PHONE"),
        ("Lumenworks Robotics Ltd.", "at Lumenworks Robotics", "ORGANIZATION"),
        ("A-4471-9902", "file A 44719902", "ID"),
        ("O'Neil", "O’Neil came", "PERSON"),
        ("李小龙", "那是李小龙", "PERSON"),
    ],
)
def test_contacts_and_companies_in_other_spellings(text: str, written: str, entity_type: EntityType) -> None:
    """Separators are no hiding place; neither is a dropped legal ending."""
    assert [False] == found(written, original(text, entity_type))


@pytest.mark.parametrize("text", ["", " ", "x", "7", "42", "...", "123"])
def test_what_is_in_every_text_is_not_looked_for(text: str) -> None:
    """One letter or a short number would stop every release."""
    assert [] == found("x 7 42 123 ...", original(text, "ID"))


def view(*entities: KnownEntity, people: Sequence[Person] = ()) -> KeyView:
    """A key."""
    return KeyView("s", 1, Roster(tuple(people)), (), entities, frozenset(), b"s" * 32, b"h" * 32)


def test_the_roster_is_known_by_names_parts_aliases_and_contacts() -> None:
    """Parts of names too; particles and titles alone are not."""
    person = Person("Dr. Joris van der Meer", aliases=("Jo",), email="jo@meer.example", organization=("Lumenworks",),
                    people=("Nadia Brandt",), places=("Harlow",), code="P07")  # fmt: skip
    originals = {(o.text, o.entity_type, o.scope) for o in known_originals(view(people=[person]))}
    assert {
        ("Dr. Joris van der Meer", "PERSON", "study"),
        ("Joris", "PERSON", "study"),
        ("Meer", "PERSON", "study"),
        ("Jo", "PERSON", "study"),
        ("jo@meer.example", "EMAIL", "study"),
        ("Lumenworks", "ORGANIZATION", "study"),
        ("Nadia Brandt", "PERSON", "study"),
        ("Nadia", "PERSON", "study"),
        ("Brandt", "PERSON", "study"),
        ("Harlow", "LOCATION", "study"),
    } == originals


def test_entities_are_known_by_forms_in_their_scope() -> None:
    """Full forms everywhere, bare first names where they occur, participants' forms everywhere."""

    def known(scope: Scope, form: str, label: str, *transcripts: str, more: tuple[str, ...] = ()) -> KnownEntity:
        where = transcripts[0] if scope == "transcript" else ""
        kind: EntityType = "ORGANIZATION" if "Company" in label else "PERSON"
        return KnownEntity("e", kind, "", scope, where, form.lower(), (form, *more), label, (), transcripts)

    entities = (
        known("study", "Ada Quill", "[Person 1]", "P07-1", "P12-1", more=("Ada",)),
        known("transcript", "Nadia", "[Person 2]", "P07-1"),
        known("study", "Kat", "[P07]", "P07-1"),
        known("study", "Lumenworks", "[Company 1]", "P07-1"),
    )
    assert {
        ("Ada Quill", "study"),
        ("Ada", "P07-1"),
        ("Ada", "P12-1"),
        ("Nadia", "P07-1"),
        ("Kat", "study"),
        ("Lumenworks", "study"),
    } == {(o.text, o.scope) for o in known_originals(view(*entities))}


def test_fifty_thousand_originals_are_quick() -> None:
    """Built once, then as fast as the text is long."""
    originals = tuple(Original(f"[Person {n}]", f"Given{n} Family{n}", "PERSON") for n in range(50_000))
    search([("turn 0", "x")], originals)
    text = "we talked about it for a while and then Given4242 Family4242 left the room " * 700
    start = time.process_time()
    assert 1 == len(search([("turn 1", text)], originals))
    assert time.process_time() - start < 5


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["Ottoline Farquhar", "Nadia", "kat@lumen.example"]))
def test_a_name_between_any_texts_is_found(before: str, after: str, name: str) -> None:
    """Whatever stands around it, separated by a space."""
    hits = search([("turn 1", f"{before} {name} {after}")], [original(name, "EMAIL" if "@" in name else "PERSON")])
    assert 1 == len(hits)


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=12), max_size=5), st.text(max_size=60))
def test_any_originals_and_texts_are_survived(texts: list[str], text: str) -> None:
    """No crash, and no hit without its words in the text."""
    originals = [Original(f"o{n}", t, "PERSON") for n, t in enumerate(texts)]
    for hit in search([("turn 0", text), ("file name", text)], originals, kept=[(0, text, "PERSON")]):
        assert text.strip()
        assert hit.original in {o.id for o in originals}
