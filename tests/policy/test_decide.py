"""Deciding, explaining, other versions of the same marks, and what a change does to what is out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anonymizer.decision import Decision
from anonymizer.detection.finding import CONTEXTS, ENTITY_TYPES, Context, EntityType, Finding
from anonymizer.entities.linking import link
from anonymizer.errors import ReviewError
from anonymizer.policy.explain import explain
from anonymizer.policy.load import PRESETS, load_policy
from anonymizer.policy.versions import changes, decide_again, outputs_changed, outputs_with
from anonymizer.resources import rules_folder
from anonymizer.review.marks import MarkedEntity, Marks
from anonymizer.transcript import Transcript, Turn

DEFAULT = load_policy("default")


def decide(*mentions: tuple[str, EntityType, Context], policy: str = "default") -> tuple[Decision, ...]:
    """Decisions about mentions that stand in one turn."""
    findings, text = [], ""
    for words, entity_type, context in mentions:
        start = len(text)
        findings.append(Finding(0, start, start + len(words), entity_type, context, 0.9, ("ner",), "found"))
        text += words + ", "
    transcript = Transcript("x", (Turn(0, "A", text),))
    return load_policy(policy).decide(transcript, link(transcript, findings))


@pytest.mark.parametrize(
    ("entity_type", "context", "what"),
    [
        ("PERSON", "direct", "pseudonymize"),
        ("PERSON", "technical", "keep"),
        ("ORGANIZATION", "tied", "pseudonymize"),
        ("ORGANIZATION", "general", "keep"),
        ("LOCATION", "tied", "pseudonymize"),
        ("PRODUCT", "tied", "pseudonymize"),
        ("DATE", "tied", "generalize"),
        ("DATE", "relative", "keep"),
        ("AGE", "tied", "generalize"),
        ("EMAIL", "direct", "remove"),
        ("PHONE", "direct", "remove"),
        ("URL", "direct", "remove"),
        ("HANDLE", "direct", "remove"),
        ("ADDRESS", "direct", "remove"),
        ("ID", "direct", "remove"),
        ("TECHNOLOGY", "technical", "keep"),
    ],
)
def test_the_default_policy(entity_type: EntityType, context: Context, what: str) -> None:
    """People, what ties to them, contacts; the technical talk stays."""
    (decision,) = decide(("Xyz", entity_type, context))
    assert (what, f"default:{entity_type}/{context}") == (decision.action, decision.rule)
    assert "found" == decision.reason


def test_situations_stay_and_are_looked_at() -> None:
    """The action says what happens until somebody looked."""
    (decision,) = decide(("the only one", "ROLE", "situation"))
    assert ("keep", True) == (decision.action, decision.review)


def test_a_person_hidden_once_is_hidden_at_every_general_mention() -> None:
    """Else the name would stand beside the pseudonym; "Adam optimizer" stays."""
    found = decide(("Zaltan", "PERSON", "direct"), ("Zaltan", "PERSON", "general"), ("Zaltan", "PERSON", "technical"))
    assert ["pseudonymize", "pseudonymize", "keep"] == [d.action for d in found]
    assert ["keep"] == [d.action for d in decide(("Zaltan", "PERSON", "general"))]


def test_decisions_are_the_findings_and_nothing_else() -> None:
    """Order, place, type, score and sources come through, for every type and context under every preset."""
    mentions = [(f"Xy{n}z", t, c) for n, (t, c) in enumerate((t, c) for t in ENTITY_TYPES for c in CONTEXTS)]
    for policy in PRESETS:
        found = decide(*mentions, policy=policy)  # type: ignore[arg-type]
        assert [(t, 0.9, ("ner",)) for _, t, _ in mentions] == [(d.entity_type, d.score, d.sources) for d in found]


def marks(*decisions: Decision, code: str = "P07-1", names: dict[str, str] | None = None) -> Marks:
    """Marks of a one-turn transcript."""
    entities = tuple(
        MarkedEntity(id, "PERSON", pseudonym=pseudonym) for id, pseudonym in (names or {"E1": "[Person 1]"}).items()
    )
    return Marks("t1", code, "d", 3, "default:x", (), tuple(decisions), entities)


def one(
    entity_type: EntityType, context: Context, action: str, *, by: str = "", turn: int = 0, entity: str = "E1"
) -> Decision:
    """A decision."""
    rule = "reviewer" if by else f"default:{entity_type}/{context}"
    return Decision(turn, 0, 5, entity_type, context, entity, action, rule, "found", by=by)  # type: ignore[arg-type]


def test_another_policy_decides_the_same_marks_again() -> None:
    """Nothing is detected or reviewed anew; the entities and their pseudonyms are the same."""
    before = marks(
        one("PERSON", "direct", "pseudonymize"),
        one("LOCATION", "tied", "pseudonymize", turn=1, entity="E2"),
        names={"E1": "[Person 1]", "E2": "[Place 1]"},
    )
    after = decide_again(before, load_policy("archive"))
    assert ["pseudonymize", "generalize"] == [d.action for d in after.decisions]
    assert ["archive:PERSON/direct", "archive:LOCATION/tied"] == [d.rule for d in after.decisions]
    assert before.entities == after.entities
    assert after.policy.startswith("archive:")
    assert before.decisions == decide_again(after, DEFAULT).decisions


def test_a_persons_keep_stays_and_a_persons_hiding_is_never_undone() -> None:
    """What somebody judged is not decided again."""
    before = marks(
        one("LOCATION", "tied", "keep", by="R1"),
        one("TECHNOLOGY", "technical", "remove", by="R1", turn=1),
        one("LOCATION", "tied", "pseudonymize", by="R1", turn=2),
    )
    after = decide_again(before, load_policy("archive"))
    assert ["keep", "remove", "generalize"] == [d.action for d in after.decisions]


def test_a_change_of_policy_says_which_released_outputs_change() -> None:
    """Only released ones, with what would be shown."""
    first = marks(one("LOCATION", "tied", "pseudonymize"))
    second = marks(one("PERSON", "direct", "pseudonymize"), code="P12-1")
    third = marks(one("LOCATION", "tied", "pseudonymize"), code="P30-1")
    archive = load_policy("archive")
    pairs = [(m, decide_again(m, archive)) for m in (first, second, third)]
    found = outputs_changed(pairs, ["P07-1", "P12-1"], DEFAULT, archive)
    assert ["P07-1"] == list(found)
    (change,) = found["P07-1"]
    assert ("pseudonymize as [Person 1]", "generalize to country", False) == (
        change.before,
        change.after,
        change.shows_more,
    )


def test_a_parameter_is_a_change_too() -> None:
    """Bands of five instead of ten read otherwise."""
    age = marks(one("AGE", "tied", "generalize"))
    assert () == changes(age, age, DEFAULT, DEFAULT)
    assert 1 == len(changes(age, age, DEFAULT, load_policy("fsd")))


def test_a_merge_after_release_says_which_outputs_change() -> None:
    """Before: where the pseudonym stands. After: the passages that read otherwise."""
    before = marks(
        one("PERSON", "direct", "pseudonymize"),
        one("PERSON", "direct", "pseudonymize", turn=1, entity="E2"),
        names={"E1": "[Person 1]", "E2": "[Person 2]"},
    )
    other = marks(one("PERSON", "direct", "pseudonymize"), code="P12-1")
    assert {"P07-1": 1} == outputs_with([before, other], ["P07-1", "P12-1"], ["[Person 2]"])
    merged = replace(before, decisions=tuple(replace(d, entity="E1") for d in before.decisions))
    (change,) = outputs_changed([(before, merged)], ["P07-1"])["P07-1"]
    assert ("1:0-5", "pseudonymize as [Person 2]", "pseudonymize as [Person 1]") == (
        change.decision,
        change.before,
        change.after,
    )


def test_what_would_be_shown_is_said() -> None:
    """A finding that is gone, or kept now, puts the original back."""
    hidden, kept = marks(one("LOCATION", "tied", "pseudonymize")), marks(one("LOCATION", "tied", "keep"))
    assert [True] == [c.shows_more for c in changes(hidden, kept)]
    assert [True] == [c.shows_more for c in changes(hidden, marks())]
    assert [False] == [c.shows_more for c in changes(kept, hidden)]
    assert () == changes(kept, marks())


def test_explain_names_rule_file_and_line() -> None:
    """And the reviewer, where a person decided."""
    found = explain(marks(one("DATE", "tied", "generalize"), one("DATE", "tied", "keep", by="R1", turn=1)), 0, DEFAULT)
    (row,) = found
    assert ("generalize to year", "default:DATE/tied", "default.yaml") == (row.action, row.rule, row.file)
    lines = (rules_folder() / "policy" / "default.yaml").read_text(encoding="utf-8")
    assert "tied: {action: generalize, to: year}" == lines.splitlines()[row.line - 1].strip()
    (row,) = explain(marks(one("DATE", "tied", "keep", by="R1", turn=1)), 1, DEFAULT)
    assert ("keep", "reviewer R1", "", 0) == (row.action, row.rule, row.file, row.line)
    assert () == explain(marks(), 2, DEFAULT)


@pytest.mark.parametrize("turn", [-1, 3, 999])
def test_explaining_a_turn_that_is_not_there_is_an_error(turn: int) -> None:
    """With the range."""
    with pytest.raises(ReviewError):
        explain(marks(), turn, DEFAULT)
