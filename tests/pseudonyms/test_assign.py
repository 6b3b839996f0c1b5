"""Assignment: who is called what, whatever the order of the files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizer.entities.names import fold
from anonymizer.errors import RulesError
from anonymizer.keystore.view import KeyView, KnownEntity
from anonymizer.policy.load import load_policy
from anonymizer.pseudonyms.assign import Assigned, BatchItem, Same, assign, shift_days
from anonymizer.pseudonyms.replace import replacements
from anonymizer.roster import Person, Roster

Item = Callable[..., BatchItem]
After = Callable[[KeyView, Assigned], KeyView]


def person(name: str) -> tuple[str, str, str]:
    """A person's mention."""
    return name, "PERSON", "direct"


def company(name: str) -> tuple[str, str, str]:
    """An organization's mention."""
    return name, "ORGANIZATION", "tied"


def test_participants_are_codes_others_are_numbered_by_canonical_order(view: KeyView, item: Item) -> None:
    """P07 before P12 before P101, session 1 before 2, then by first mention."""
    batch = [
        item("P101-1", [person("Nadia Brandt")]),
        item("P12-1", [person("Joris"), person("Ada Quill")]),
        item("P07-2", [person("Bo Tan"), company("Cobblestone Ltd")]),
        item("P07-1", [person("Kat"), company("Lumenworks Robotics")], [person("Zed Ames"), person("Mark")]),
    ]
    labels = assign(batch, view).labels
    assert {"E1": "[P07]", "E2": "[Company 1]", "E3": "[Person 1]", "E4": "[I1]"} == labels["P07-1"]
    assert {"E1": "[Person 2]", "E2": "[Company 2]"} == labels["P07-2"]
    assert {"E1": "[P12]", "E2": "[Person 3]"} == labels["P12-1"]
    assert {"E1": "[Person 4]"} == labels["P101-1"]


def test_a_full_name_or_company_has_one_pseudonym_in_the_study_a_first_name_does_not(view: KeyView, item: Item) -> None:
    """Scope as in the design: "Nadia" in two interviews is two people."""
    batch = [
        item("P07-1", [person("Ada Quill"), person("Nadia"), company("Cobblestone")]),
        item("P12-1", [person("Ada Quill"), person("Nadia"), company("cobblestone ltd")]),
    ]
    labels = assign(batch, view).labels
    assert {"E1": "[Person 1]", "E2": "[Person 2]", "E3": "[Organization 1]"} == labels["P07-1"]
    assert {"E1": "[Person 1]", "E2": "[Person 3]", "E3": "[Organization 1]"} == labels["P12-1"]


def test_a_later_batch_takes_the_next_labels_and_finds_what_is_known(view: KeyView, item: Item, after: After) -> None:
    """Numbering continues; known entities keep their label and learn the new form."""
    first = assign([item("P07-1", [person("Ada Quill"), company("Cobblestone")])], view)
    later = after(view, first)
    second = assign([item("P12-1", [person("Bo Tan"), person("Ada Quill"), company("COBBLESTONE")])], later)
    assert {"E1": "[Person 2]", "E2": "[Person 1]", "E3": "[Organization 1]"} == second.labels["P12-1"]
    changed = {e.pseudonym: e for e in second.entities}
    assert ("P07-1", "P12-1") == changed["[Person 1]"].transcripts
    assert changed["[Person 1]"].id
    assert ("Cobblestone", "COBBLESTONE") == changed["[Organization 1]"].forms
    assert ("P07", "P12") == changed["[Person 1]"].about


def test_a_rerun_gives_the_same_and_changes_nothing(view: KeyView, item: Item, after: After) -> None:
    """The same files again: same labels, nothing to save."""
    batch = [
        item("P07-1", [person("Kat"), person("Ada Quill"), person("Nadia"), company("Cobblestone")]),
        item("P12-1", [person("Nadia"), person("Bo Tan")]),
    ]
    first = assign(batch, view)
    again = assign(batch, after(view, first))
    assert first.labels == again.labels
    assert () == again.entities


def test_two_of_one_first_name_keep_their_labels_in_a_rerun(view: KeyView, item: Item, after: After) -> None:
    """A reviewer split "Nadia" into two; a re-run must not swap them."""
    one = item("P07-1", [person("Nadia")], [person("Nadia")])
    (entity,) = one.linked.entities
    split = tuple(replace(entity, id=f"E{n + 1}", mentions=(m,)) for n, m in enumerate(entity.mentions))
    decisions = tuple(replace(d, entity=f"E{n + 1}") for n, d in enumerate(one.decisions))
    two = replace(one, linked=replace(one.linked, entities=split), decisions=decisions)
    first = assign([two], view)
    assert {"E1": "[Person 1]", "E2": "[Person 2]"} == first.labels["P07-1"]
    assert first.labels == assign([two], after(view, first)).labels


def test_a_first_name_that_becomes_a_full_name_keeps_its_label(view: KeyView, item: Item, after: After) -> None:
    """Detection found more in a re-run: the label stays, the scope widens."""
    first = assign([item("P07-1", [person("Nadia")])], view)
    again = assign([item("P07-1", [person("Nadia"), person("Nadia Brandt")])], after(view, first))
    assert {"E1": "[Person 1]"} == again.labels["P07-1"]
    assert [("study", "", "nadia brandt")] == [(e.scope, e.transcript, e.key) for e in again.entities]


def test_reserved_labels_are_never_given_again(view: KeyView, item: Item) -> None:
    """Also those of somebody withdrawn, of whom nothing else is left."""
    withdrawn = replace(view, reserved=view.reserved | {"[Person 1]", "[Person 7]", "[Organization 2]"})
    labels = assign([item("P07-1", [person("Ada Quill"), company("Cobblestone")])], withdrawn).labels
    assert {"E1": "[Person 8]", "E2": "[Organization 3]"} == labels["P07-1"]


def test_a_label_that_is_a_real_name_is_passed_over(view: KeyView, item: Item) -> None:
    """A company that really is called "Person 1" does not become somebody's pseudonym."""
    labels = assign([item("P07-1", [company("Person 1")], [person("Ada Quill")])], view).labels
    assert {"E1": "[Organization 1]", "E2": "[Person 2]"} == labels["P07-1"]


def test_a_variant_of_somebody_known_is_asked_and_not_merged(view: KeyView, item: Item, after: After) -> None:
    """Cross-transcript likeness found later is a question, never a silent change."""
    first = assign([item("P07-1", [person("Katarina Brandt")])], view)
    later = after(view, first)
    second = assign([item("P12-1", [person("Kate Brandt")])], later)
    assert {"E1": "[Person 2]"} == second.labels["P12-1"]
    (question,) = second.questions["P12-1"]
    assert ("same?", ("E1", "[Person 1]")) == (question.kind, question.entities)
    assert "Brandt" not in question.reason
    third = assign([item("P12-1", [person("Kate Brandt")])], after(later, second))
    assert second.labels == third.labels
    assert second.questions == third.questions


def test_kept_entities_get_no_label_and_no_entry(view: KeyView, item: Item) -> None:
    """What stays readable is nobody's secret."""
    assigned = assign([item("P07-1", [("PyTorch", "TECHNOLOGY", "technical"), ("Oslo", "LOCATION", "general")])], view)
    assert {"P07-1": {}} == assigned.labels
    assert () == assigned.entities


def test_removed_contacts_are_known_to_the_key_but_have_no_label_in_the_text(view: KeyView, item: Item) -> None:
    """So that outputs are searched for them."""
    assigned = assign([item("P07-1", [("kat@lumen.example", "EMAIL", "direct")])], view)
    assert {"P07-1": {}} == assigned.labels
    assert [("EMAIL", ("kat@lumen.example",))] == [(e.entity_type, e.forms) for e in assigned.entities]


def test_only_hidden_forms_are_originals(view: KeyView, item: Item) -> None:
    """A form that is kept where it stands is not searched for."""
    one = item("P07-1", [company("Cobblestone Ltd")], [company("Cobblestone")])
    kept = tuple(replace(d, action="keep") if d.turn == 1 else d for d in one.decisions)
    assert [("Cobblestone Ltd",)] == [e.forms for e in assign([replace(one, decisions=kept)], view).entities]


def test_what_a_reviewer_chose_is_taken_unless_it_is_somebodys_name(view: KeyView, item: Item) -> None:
    """A real name, or a part of one, is never a pseudonym; what is refused is asked."""
    one = item("P07-1", [person("Ada Quill"), person("Bo Tan"), person("Nadia"), person("Ines")])
    chosen = replace(one, chosen={"E1": "the Baker", "E2": "Osei", "E3": "[the Cook]", "E4": "[]"})
    assigned = assign([chosen], view)
    assert ["[the Baker]", "[Person 1]", "[the Cook]", "[Person 2]"] == list(assigned.labels["P07-1"].values())
    assert [("who?", ("E2",)), ("who?", ("E4",))] == [(q.kind, q.entities) for q in assigned.questions["P07-1"]]


def test_renaming_and_merging_after_a_first_run(view: KeyView, item: Item, after: After) -> None:
    """A chosen label holds in re-runs and later transcripts; choosing somebody's label says that they are one."""
    one = item("P07-1", [person("Ada Quill"), person("Bo Tan")])
    first = assign([one], view)
    second = assign([replace(one, chosen={"E1": "the Baker"})], after(view, first))
    assert {"E1": "[the Baker]", "E2": "[Person 2]"} == second.labels["P07-1"]
    later = after(after(view, first), second)
    assert second.labels == assign([replace(one, chosen={"E1": "the Baker"})], later).labels
    other = item("P12-1", [person("Ada Quill"), person("Bo Tann"), person("Zed")])
    third = assign([replace(other, chosen={"E2": "[Person 2]", "E3": "P07"})], later)
    assert {"E1": "[the Baker]", "E2": "[Person 2]", "E3": "[P07]"} == third.labels["P12-1"]
    assert ("Bo Tan", "Bo Tann") == next(e.forms for e in third.entities if e.pseudonym == "[Person 2]")
    assert [("P07",)] == [e.about for e in third.entities if e.pseudonym == "[P07]"]


@pytest.mark.parametrize("label", ["[Organization 1]", "P99", "[Person 9]"])
def test_a_label_of_something_else_or_of_nobody_is_refused(view: KeyView, item: Item, label: str) -> None:
    """An organization's, a code that nobody has, a withdrawn one."""
    one = item("P07-1", [company("Cobblestone"), person("Ada Quill")])
    gone = replace(view, reserved=view.reserved | {"[Person 9]"})
    known = KnownEntity("e", "ORGANIZATION", "", "study", "", "x", ("X",), "[Organization 1]")
    assigned = assign([replace(one, chosen={"E2": label})], replace(gone, entities=(known,)))
    assert "[Person 10]" == assigned.labels["P07-1"]["E2"]
    assert 1 == len(assigned.questions["P07-1"])


NADIAS = (("P12-1", "E2"), ("P07-1", "E1"))


@pytest.mark.parametrize("members", [NADIAS, NADIAS[::-1]])
def test_what_is_one_across_transcripts_has_one_label(
    view: KeyView, item: Item, after: After, members: tuple[tuple[str, str], ...]
) -> None:
    """Whichever of the two was said to be the other: the first in canonical order gives its label, and it stays."""
    one = replace(item("P07-1", [person("Nadia"), person("Ines")]), same={"E1": Same(members)})
    two = replace(item("P12-1", [person("Ines"), person("Nadya")]), same={"E2": Same(members)})
    first = assign([two, one], view)
    assert {"E1": "[Person 1]", "E2": "[Person 2]"} == first.labels["P07-1"]
    assert {"E1": "[Person 3]", "E2": "[Person 1]"} == first.labels["P12-1"]
    (known,) = (e for e in first.entities if e.pseudonym == "[Person 1]")
    assert ("study", "", ("Nadia", "Nadya")) == (known.scope, known.transcript, known.forms)
    assert ("P07-1", "P12-1") == known.transcripts
    assert {} == first.questions
    labels = (("[Person 1]", "PERSON"), ("[Person 1]", "PERSON"))
    again = assign(
        [
            replace(one, same={"E1": Same(members, labels)}, before=first.labels["P07-1"]),
            replace(two, same={"E2": Same(members, labels)}, before=first.labels["P12-1"]),
        ],
        after(view, first),
    )
    assert first.labels == again.labels
    assert () == again.entities


def test_joining_after_both_were_labelled_leaves_the_others_of_the_transcript(
    view: KeyView, item: Item, after: After
) -> None:
    """Two of one first name: who is joined takes the other's label, who is not keeps theirs and gets no left one."""
    one, two = item("P07-1", [person("Nadia")]), item("P12-1", [person("Nadia")], [person("Nadia")])
    (entity,) = two.linked.entities
    split = tuple(replace(entity, id=f"E{n + 1}", mentions=(m,)) for n, m in enumerate(entity.mentions))
    decisions = tuple(replace(d, entity=f"E{n + 1}") for n, d in enumerate(two.decisions))
    two = replace(two, linked=replace(two.linked, entities=split), decisions=decisions)
    first = assign([one, two], view)
    assert {"E1": "[Person 2]", "E2": "[Person 3]"} == first.labels["P12-1"]
    same = {"E1": Same((("P07-1", "E1"), ("P12-1", "E1")), (("[Person 1]", "PERSON"), ("[Person 2]", "PERSON")))}
    joined = replace(two, same=same, before=first.labels["P12-1"])
    second = assign([joined], after(view, first))
    assert {"E1": "[Person 1]", "E2": "[Person 3]"} == second.labels["P12-1"]
    later = after(after(view, first), second)
    third = assign([replace(joined, before=second.labels["P12-1"])], later)
    assert second.labels == third.labels
    assert () == third.entities
    assert first.labels["P12-1"] == assign([two], later).labels["P12-1"], "undone"


def test_a_full_name_that_was_joined_leaves_no_label_for_later_transcripts(
    view: KeyView, item: Item, after: After
) -> None:
    """The name is found under the label that it has now, not under the one that it had."""
    one, two = item("P07-1", [person("Katarina Brandt")]), item("P12-1", [person("Kate Brandt")])
    first = after(view, assign([one], view))
    second = after(first, assign([two], first))
    same = {"E1": Same((("P07-1", "E1"), ("P12-1", "E1")), (("[Person 1]", "PERSON"), ("[Person 2]", "PERSON")))}
    joined = assign([replace(two, same=same, before={"E1": "[Person 2]"})], second)
    assert {"P12-1": {"E1": "[Person 1]"}} == joined.labels
    later = assign([item("P101-1", [person("Kate Brandt")])], after(second, joined))
    assert {"P101-1": {"E1": "[Person 1]"}} == later.labels


@pytest.mark.parametrize(
    ("mark", "label", "own"),
    [
        (company("Cobblestone"), ("[Person 1]", "PERSON"), "[Organization 1]"),
        (person("Joris"), ("P07", "PERSON"), "[P12]"),
    ],
)
def test_what_cannot_be_one_keeps_its_label_and_is_asked(
    view: KeyView, item: Item, mark: tuple[str, str, str], label: tuple[str, str], own: str
) -> None:
    """A company is no person, and one participant is not another."""
    known = KnownEntity("e", "PERSON", "", "study", "", "x y", ("X Y",), "[Person 1]", (), ("P07-1",))
    one = replace(item("P12-1", [mark]), same={"E1": Same((("P07-1", "E1"), ("P12-1", "E1")), (label,))})
    assigned = assign([one], replace(view, entities=(known,)))
    assert {"P12-1": {"E1": own}} == assigned.labels
    assert [("who?", ("E1",))] == [(q.kind, q.entities) for q in assigned.questions["P12-1"]]
    assert "[Person 1]" not in [e.pseudonym for e in assigned.entities]


def test_dates_of_a_participant_are_shifted_together(view: KeyView, item: Item, tmp_path: Path) -> None:
    """Intervals between full dates stay, in one interview and between a participant's interviews."""
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "shift.yaml").write_text(
        "extends: default\ntypes:\n  DATE:\n    tied: {action: generalize, to: shift, days: 300}\n", encoding="utf-8"
    )
    policy = load_policy("shift", tmp_path)
    one = item("P07-1", [("3 May 2019", "DATE", "tied"), ("10 May 2019", "DATE", "tied"), ("soon", "DATE", "tied")],
               policy=policy)  # fmt: skip
    two = item("P07-2", [("2019-05-17", "DATE", "tied")], policy=policy)
    other = item("P12-1", [("3 May 2019", "DATE", "tied")], policy=policy)
    labels = assign([one, two, other], view, policy).labels
    import datetime

    def day(label: str) -> datetime.date:
        return datetime.datetime.strptime(label, "[%d %B %Y]").date()

    assert 7 == (day(labels["P07-1"]["E2"]) - day(labels["P07-1"]["E1"])).days
    assert 7 == (day(labels["P07-2"]["E1"]) - day(labels["P07-1"]["E2"])).days
    assert shift_days(view, ("P07",), 300) == (day(labels["P07-1"]["E1"]) - datetime.date(2019, 5, 3)).days
    assert "[date]" == labels["P07-1"]["E3"]
    assert labels["P12-1"]["E1"] != labels["P07-1"]["E1"]
    texts = [r.text for r in replacements(one.transcript, one.decisions, labels["P07-1"], policy)]
    assert [labels["P07-1"][e] for e in ("E1", "E2", "E3")] == texts


def test_realistic_names_are_nobodys_and_nobody_elses(view: KeyView, item: Item) -> None:
    """Apart from every real name and part, from each other, and the same in every run."""
    policy = replace(load_policy("default"), styles={"PERSON": "realistic", "ORGANIZATION": "realistic"})
    names = ["Ada Quill", "Bo Tan", "Nadia", "Smith", "James Johnson", "Mary", "Linda Brown", "David", "Karen Davis"]
    one = item("P07-1", [person(name) for name in names], [company("Cobblestone"), company("Harlow Foods")])
    labels = assign([one], view, policy).labels["P07-1"]
    assert labels == assign([one], view, policy).labels["P07-1"]
    assert labels != assign([one], replace(view, seed=b"t" * 32), policy).labels["P07-1"]
    people = [fold(label.strip("[]")).split() for id, label in labels.items() if int(id[1:]) <= len(names)]
    parts = [part for words in people for part in words]
    assert len(parts) == len(set(parts))
    real = {part for name in names for part in fold(name).split()} | {"osei", "katherine", "mark", "joris", "meer"}
    assert not real & set(parts)


def test_an_unknown_locale_is_an_error(view: KeyView, item: Item) -> None:
    """Not another locale's names."""
    policy = replace(load_policy("default"), styles={"PERSON": "realistic"}, locale="zz_ZZ")
    with pytest.raises(RulesError):
        assign([item("P07-1", [person("Ada Quill")])], view, policy)


def test_a_real_name_that_turns_up_later_is_asked(view: KeyView, item: Item, after: After) -> None:
    """A realistic pseudonym given in May is a real person's name in June."""
    policy = replace(load_policy("default"), styles={"PERSON": "realistic"})
    first = assign([item("P07-1", [person("Ada Quill")])], view, policy)
    later = after(view, first)
    unlucky = first.labels["P07-1"]["E1"].strip("[]")
    second = assign([item("P12-1", [person(unlucky), person("Ada Quill")])], later, policy)
    assert first.labels["P07-1"]["E1"] == second.labels["P12-1"]["E2"]
    assert first.labels["P07-1"]["E1"] != second.labels["P12-1"]["E1"]
    assert ["who?"] == [q.kind for q in second.questions["P12-1"]]


def test_participants_own_choice_is_taken_unless_it_discloses(view: KeyView, item: Item) -> None:
    """Roster column ``pseudonym``; a part of any real name is refused and the code stands."""
    people = (
        Person("Katherine Osei", code="P07", extra=(("pseudonym", "Bluebird"),)),
        Person("Joris van der Meer", code="P12", extra=(("Pseudonym", "Katherine"),)),
    )
    own = replace(view, roster=Roster(people))
    policy = replace(load_policy("default"), own_choice=True)
    batch = [item("P07-1", [person("Kat")]), item("P12-1", [person("Joris")])]
    labels = assign(batch, own, policy).labels
    assert {"P07-1": {"E1": "[Bluebird]"}, "P12-1": {"E1": "[P12]"}} == labels


def test_roles_name_people_by_whose_they_are(view: KeyView, item: Item) -> None:
    """``[P07's sister]``; the second one is numbered; ``kind`` numbers over the study."""
    one = item("P07-1", [person("Ada Quill")], [person("Bo Tan")], [person("Nadia")])
    kinds = {"E1": "sister", "E2": "sister", "E3": ""}
    entities = tuple(replace(e, kind=kinds[e.id]) for e in one.linked.entities)
    one = replace(one, linked=replace(one.linked, entities=entities))
    role = replace(load_policy("default"), styles={"PERSON": "role"})
    assert ["[P07's sister]", "[P07's sister 1]", "[Person 1]"] == list(
        assign([one], view, role).labels["P07-1"].values()
    )
    kind = replace(load_policy("default"), styles={"PERSON": "kind"})
    assert ["[sister 1]", "[sister 2]", "[Person 1]"] == list(assign([one], view, kind).labels["P07-1"].values())


NAMES = ["Ada Quill", "Ada", "Quill", "Bo Tan", "Nadia", "Kat", "Mark", "Nadia Brandt", "A. Quill"]
PLACES = ["Cobblestone", "Cobblestone Ltd", "Harlow Foods", "Harlow", "Harlow Robotics", "HF"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_of_files_and_a_rerun_give_the_same(data: st.DataObject, item: Item, after: After) -> None:
    """Order is no matter, a re-run changes nothing, labels are never reserved ones nor two people's in a transcript."""
    every = st.sampled_from(["P07-1", "P07-2", "P12-1", "P101-1", "P101-10"])
    codes = data.draw(st.lists(every, unique=True, min_size=1))
    mention = st.one_of(st.sampled_from(NAMES).map(person), st.sampled_from(PLACES).map(company))
    batch = [
        item(code, *data.draw(st.lists(st.lists(mention, min_size=1, max_size=4), min_size=1, max_size=3)))
        for code in codes
    ]
    reserved = frozenset({"[Person 2]", "[Company 1]"})
    view = KeyView("s", 1, Roster(()), (), (), reserved, b"s" * 32, b"h" * 32)
    first = assign(batch, view)
    assert first == assign(data.draw(st.permutations(batch)), view)
    again = assign(data.draw(st.permutations(batch)), after(view, first))
    assert first.labels == again.labels
    assert () == again.entities
    given_labels = [e.pseudonym for e in first.entities if e.pseudonym not in ("[P07]", "[P12]", "[P101]", "[I1]")]
    assert len(given_labels) == len(set(given_labels))
    assert not reserved & set(given_labels)
    for one in batch:
        hidden = {d.entity for d in one.decisions if d.action == "pseudonymize"}
        assert hidden == set(first.labels[one.code])
        bare = [first.labels[one.code][e.id] for e in one.linked.entities if e.id in hidden and e.scope == "transcript"]
        assert len(bare) == len(set(bare))


def test_fifty_thousand_known_entities_do_not_slow_a_batch_down(view: KeyView, item: Item) -> None:
    """Looking up is by index: a second at most, and not a scan for each mention."""
    import time

    def one_of_many(n: int) -> KnownEntity:
        form = f"Given{n} Family{n}"
        return KnownEntity(
            f"e-{n}", "PERSON", "", "study", "", form.lower(), (form,), f"[Person {n}]", ("P07",), ("P07-1",)
        )

    known = tuple(one_of_many(n) for n in range(50_000))
    big = replace(view, entities=known)
    one = item("P12-1", [person("Given777 Family777"), person("Ada Quill")])
    start = time.process_time()
    labels = assign([one], big).labels
    assert {"E1": "[Person 777]", "E2": "[Person 50000]"} == labels["P12-1"]
    assert time.process_time() - start < 10
