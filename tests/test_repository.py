"""House rules that a machine can hold us to."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "anonymizer").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"])

pytestmark = pytest.mark.skipif(not SOURCES, reason="the tests run apart from the checkout")


def test_modules_are_small() -> None:
    """A module of more than about 400 lines has become two."""
    assert [] == [(p.name, n) for p in SOURCES if (n := len(p.read_text().splitlines())) > 450]


def test_every_test_says_what_it_tries() -> None:
    """Every test has a docstring."""
    silent = [
        f"{path.name}:{node.lineno}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert [] == silent


def test_no_pickle_and_no_print() -> None:
    """Nothing is stored as a pickle; only the cluster's wire, which is pickled by Dask itself, names it."""
    found = [p.name for p in SOURCES if re.search(r"^\s*(import pickle|from pickle)", p.read_text(), re.M)]

    assert ["worker.py"] == found


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link of the documentation has a target."""
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert [] == broken


def test_nothing_is_called_what_it_cannot_be() -> None:
    """No page and no message claims that an output is anonymous or that something cannot be recovered."""
    claim = re.compile(r"\b(is|are|be|now|become|becomes|permanently) anonymous\b|cannot be recovered", re.I)
    allowed = re.compile(r"\bnot anonymous\b|never|does not|do not|claim|that the transcripts are anonymous|\"", re.I)
    found = [
        f"{path.name}: {line.strip()[:80]}"
        for path in (*PAGES, *SOURCES)
        for line in path.read_text().splitlines()
        if claim.search(line) and not allowed.search(line)
    ]

    assert [] == found


def test_readme_names_commands_that_exist() -> None:
    """Each ``anonymizer ...`` line of the README is a command."""
    from anonymizer.cli import COMMANDS

    named = set(re.findall(r"^\s+anonymizer ([a-z]+)", (ROOT / "README.md").read_text(), re.M))

    assert set() == named - {name for name, _, _ in COMMANDS}
