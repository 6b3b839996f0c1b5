"""Policy files: presets load; every mistake is named with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from anonymizer.detection.finding import CONTEXTS, ENTITY_TYPES
from anonymizer.errors import RulesError
from anonymizer.policy.load import PRESETS, load_policy, policy_files


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_complete_and_let_nothing_direct_through(name: str) -> None:
    """Every type and context has a rule, and none keeps what identifies somebody directly."""
    policy = load_policy(name)
    assert {(t, c) for t in ENTITY_TYPES for c in CONTEXTS} == set(policy.rules)
    assert [] == [t for t in ENTITY_TYPES if policy.rule(t, "direct").action == "keep"]
    assert policy.source


def test_every_shipped_policy_is_a_preset() -> None:
    """No file is forgotten in the list, and none is listed that is not there."""
    assert set(PRESETS) == set(policy_files())


def write(folder: Path, text: str, name: str = "mine") -> Path:
    """A study's own policy file."""
    path = folder / "policy" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


WRONG = [
    ("extends: default\ntypes:\n  PERSON:\n    direct: keep\n", 4, "let through"),
    ("extends: default\ntypes:\n  EMAIL:\n    otherwise: keep\n", 4, "let through"),
    ("extends: default\ntypes:\n  PERSN:\n    direct: remove\n", 3, "unknown type"),
    ("extends: default\ntypes:\n  PERSON:\n    near: remove\n", 4, "unknown context"),
    ("extends: default\ntypes:\n  PERSON:\n    direct: hide\n", 4, "unknown action"),
    ("extends: default\ntypes:\n  DATE:\n    tied: generalize\n", 4, "needs `to`"),
    ("extends: default\ntypes:\n  DATE:\n    tied: {action: generalize, to: country}\n", 4, "cannot be generalized"),
    ("extends: default\ntypes:\n  PERSON:\n    direct: {action: generalize, to: kind}\n", 4, "cannot be generalized"),
    ("extends: default\ntypes:\n  DATE:\n    tied: {action: keep, to: year}\n", 4, "contradict"),
    ("extends: default\ntypes:\n  AGE:\n    tied: {action: generalize, to: band, width: x}\n", 4, "number from"),
    ("extends: default\ntypes:\n  AGE:\n    tied: {action: generalize, to: band, wide: 3}\n", 4, "unknown parameter"),
    ("extends: default\ntypes:\n  AGE:\n    tied: remove\n    tied: keep\n", 5, "and in line 4"),
    ("extends: default\ntypes:\n  AGE:\n    tied: remove\n  AGE:\n    tied: keep\n", 5, "and in line 3"),
    ("extends: nothing\n", 1, "unknown policy"),
    ("extends: mine\n", 1, "extends itself"),
    ("extends: default\ncolour: red\n", 2, "unknown part"),
    ("extends: default\nnames:\n  PERSON: pretty\n", 3, "unknown style"),
    ("extends: default\nnames:\n  LOCATION: realistic\n", 3, "is for PERSON"),
    ("extends: default\nnames:\n  DATE: numbered\n", 3, "never pseudonymized"),
    ("extends: default\nnames:\n  participants: nickname\n", 3, "code"),
    ("extends: default\nnouns:\n  PERSON: Person 3\n", 3, "noun"),
    ("extends: default\ntypes:\n  ROLE:\n    tied: {action: generalize, to: occupation}\n", 4, "code list"),
    ("extends: default\ntypes: [PERSON]\n", 2, "lines"),
    ("extends: default\ntypes:\n  PERSON:\n   - x\n", 4, "lines"),
    ("types:\n  PERSON:\n    direct: remove\n", 2, "no action for"),
    ("a: [\n", 2, "not valid YAML"),
    ("name: Mine!\nextends: default\n", 1, "name is made of"),
    (
        "extends: default\ntypes:\n  LOCATION:\n    tied: {action: generalize, to: size, small: 90000, large: 20000}\n",
        4,
        "smaller",
    ),
    (
        "extends: default\ntypes:\n  AGE: {otherwise: keep, " + ", ".join(f"{c}: remove" for c in CONTEXTS) + "}\n",
        3,
        "decides nothing",
    ),
]


@pytest.mark.parametrize(("text", "line", "words"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_policy_is_named_with_file_and_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    """A researcher finds the place."""
    with pytest.raises(RulesError) as refused:
        load_policy("mine", write(tmp_path, text))
    assert ("mine.yaml", line) == (refused.value.file, refused.value.line)
    assert words in refused.value.message


@pytest.mark.parametrize("text", ["", "\n", "just words", "- a\n- b\n", "types: {}\n", "\x00", "a: &a [*a]\n"])
def test_what_is_no_policy_is_refused(tmp_path: Path, text: str) -> None:
    """Empty, scalar, list, without types."""
    with pytest.raises(RulesError) as refused:
        load_policy("mine", write(tmp_path, text))
    assert "mine.yaml" == refused.value.file


def test_an_unknown_name_lists_what_there_is() -> None:
    """The hint helps."""
    with pytest.raises(RulesError) as refused:
        load_policy("ukda")
    assert "ukds" in str(refused.value.hint)


def test_a_studys_own_file_may_extend_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    """STUDY/rules/policy/default.yaml with one change."""
    overlay = write(tmp_path, "extends: default\ntypes:\n  DATE:\n    tied: remove\n", "default")
    policy = load_policy("default", overlay)
    assert "remove" == policy.rule("DATE", "tied").action
    assert "pseudonymize" == policy.rule("PERSON", "direct").action
    assert load_policy("default").digest != policy.digest


def test_the_digest_is_of_what_decides_and_not_of_words(tmp_path: Path) -> None:
    """A comment or title changes nothing; a parameter does."""
    plain = load_policy("mine", write(tmp_path, "extends: default\n"))
    titled = load_policy("mine", write(tmp_path, "# words\ntitle: T\nextends: default\n"))
    changed = load_policy("mine", write(tmp_path, "extends: default\nnouns: {PERSON: Someone}\n"))
    assert plain.digest == titled.digest == load_policy("default").digest
    assert plain.digest != changed.digest


def test_occupations_come_from_a_list_beside_the_policy(tmp_path: Path) -> None:
    """Two columns; contradictions in it are named with their line."""
    text = "extends: default\noccupations: isco.csv\ntypes:\n  ROLE:\n    tied: {action: generalize, to: occupation}\n"
    overlay = write(tmp_path, text)
    table = overlay / "policy" / "isco.csv"
    table.write_text("title,group\nHead baker,food trades\n", encoding="utf-8")
    assert (("head baker", "food trades"),) == load_policy("mine", overlay).occupations
    table.write_text("Head baker,food trades\nhead baker,managers\n", encoding="utf-8")
    with pytest.raises(RulesError) as refused:
        load_policy("mine", overlay)
    assert ("isco.csv", 2) == (refused.value.file, refused.value.line)
