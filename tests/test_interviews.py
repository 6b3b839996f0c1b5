"""The invented interviews of tools/interviews are what they say: marks parse, questions are their protocol's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent.parent / "tools"
FIELDS = sorted(p.name for p in (TOOLS / "interviews").glob("*") if p.is_dir())

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
