"""The documentation's table is what the program does."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from anonymizer.detection.finding import ACTIONS, CONTEXTS
from anonymizer.policy.load import PRESETS, STYLES
from anonymizer.policy.model import GENERALIZATIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "policy.md"

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="the tests run beside an installed wheel, without docs/")


def test_the_presets_side_by_side_are_what_they_do() -> None:
    """Made by tools/policy_example.py."""
    spec = importlib.util.spec_from_file_location("policy_example", ROOT / "tools" / "policy_example.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.table() in PAGE.read_text(encoding="utf-8")


def test_everything_a_policy_may_say_is_documented() -> None:
    """Contexts, actions, generalizations, presets and styles."""
    page = PAGE.read_text(encoding="utf-8")
    other = (ROOT / "docs" / "pseudonyms.md").read_text(encoding="utf-8")
    assert [] == [w for w in (*CONTEXTS, *ACTIONS, *GENERALIZATIONS, *PRESETS) if f"`{w}`" not in page]
    assert [] == [w for w in STYLES if f"`{w}`" not in other]
