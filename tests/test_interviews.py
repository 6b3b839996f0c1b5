"""tools/interviews and tools/talk are what they say: marks parse, questions are their protocol's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent.parent / "tools"
FIELDS = sorted(p.name for p in (TOOLS / "interviews").glob("*") if p.is_dir())
TALKS = sorted(p.name for p in (TOOLS / "talk").glob("*.txt"))

pytestmark = pytest.mark.skipif(not FIELDS, reason="tools/interviews is only in the repository")


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules of tools/ can be imported."""
    monkeypatch.syspath_prepend(str(TOOLS))
    # another test's module of the same name must not be taken for it
    for name in ("gold", "check_interviews"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.parametrize("field", FIELDS)
def test_questions_and_kinds_are_the_protocols(field: str, tools: None) -> None:
    """Each turn has a question that the reader finds in the protocol, or none and the kind "other"."""
    from check_interviews import faults
    from gold import parse_marked

    from anonymizer.protocol.document import read_protocol

    questions = frozenset(q.id for q in read_protocol(TOOLS / "interviews" / field / "protocol.txt").questions)
    found = [
        fault
        for path in sorted((TOOLS / "interviews" / field).glob("[0-9].txt"))
        for fault in faults(parse_marked(path.read_text(encoding="utf-8")), questions)
        if "marked elsewhere" not in fault
    ]
    assert found == []
    assert len(questions) > 20


@pytest.mark.parametrize("name", TALKS)
def test_talks_are_marked_and_follow_no_protocol(name: str, tools: None) -> None:
    """Each talk says which it is, has marks for the people in it and asks no protocol's questions."""
    from check_interviews import talk_faults
    from gold import parse_marked

    document = parse_marked((TOOLS / "talk" / name).read_text(encoding="utf-8"))

    assert [] == [fault for fault in talk_faults(document) if "marked elsewhere" not in fault]
    assert f"talk-{int(name.removesuffix('.txt')):02}" == document["id"]
    assert {"direct", "quasi", "keep"} == {entity["mask"] for entity in document["entities"]}


def test_what_is_set_aside_is_there(tools: None) -> None:
    """Fields and talks that nothing is trained on exist, two interviews each: a misspelt one would be trained on."""
    from gold import SET_ASIDE, TALK_SET_ASIDE, invented, set_aside, talk

    aside = sorted(d["id"] for d in (*invented(), *talk()) if set_aside(d))

    assert sorted(f"{f}-{n}" for f in SET_ASIDE for n in (1, 2)) == [i for i in aside if not i.startswith("talk")]
    assert sorted(f"talk-{n:02}" for n in TALK_SET_ASIDE) == [i for i in aside if i.startswith("talk")]


def test_faults_of_a_talk_are_named(tools: None) -> None:
    """A form that is marked once, a turn with a question, and a talk without any mark."""
    from check_interviews import talk_faults
    from gold import parse_marked

    head = "# id: talk-00\n# participant: Ann Lee; a@b.example; Lee Ltd\n# interviewer: Bo\n"

    assert [
        "turn 1: a [QUESTION KIND] without a protocol",
        "turn 1: 'ann' is marked elsewhere, not here (right only for an everyday word)",
    ] == [*talk_faults(parse_marked(f"{head}A: I am {{P1:Ann}}.\n[a.1 ask] B: Hello Ann.\n"))]
    assert ["no marks"] == [*talk_faults(parse_marked(f"{head}A: Hello.\n"))]
