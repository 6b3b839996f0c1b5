"""Colours, letters and keys: contrast of every pair, types and states told apart without colour, docs that fit."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from anonymizer.review.wording import GLYPHS, TYPES

ROOT = Path(__file__).parents[2]
WEB = ROOT / "anonymizer" / "review" / "web" / "static"
STYLE = (WEB / "style.css").read_text()
KINDS = ("person", "organization", "place", "contact", "date", "role", "technology")


def palette(dark: bool) -> dict[str, str]:
    """Colours of a scheme by name."""
    light, _, rest = STYLE.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return {**found, **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", rest.partition("* {")[0]))} if dark else found


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """WCAG 2 contrast ratio."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_text_reads_on_every_fill_and_lines_on_the_page(dark: bool, kind: str) -> None:
    """Text 7:1 on fills; lines and chips 4.5:1 against page and fill."""
    colours = palette(dark)
    fill, line, page = colours[f"{kind}-fill"], colours[f"{kind}-line"], colours["page"]

    assert contrast(colours["text"], fill) >= 7
    assert contrast(line, page) >= 4.5
    assert contrast(line, fill) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_soft_text_errors_and_focus_read_on_page_and_panel(dark: bool) -> None:
    """Text 4.5:1, outlines 3:1."""
    colours = palette(dark)
    for ground in ("page", "panel"):
        assert contrast(colours["soft"], colours[ground]) >= 4.5
        assert contrast(colours["error"], colours[ground]) >= 4.5
        assert contrast(colours["focus"], colours[ground]) >= 3
    assert contrast(colours["primary"], colours["on-primary"]) >= 4.5


def test_types_and_states_are_told_apart_without_colour() -> None:
    """By letter and glyph: the six groups of types, and the six states."""
    letters = {cls: letter for letter, cls, _ in TYPES.values()}
    glyphs = [*GLYPHS.values(), "?", "!"]

    assert len(set(letters.values())) == len(letters) == len(KINDS)
    assert len(set(glyphs)) == len(glyphs)


def test_states_have_their_own_line() -> None:
    """Dashed, solid, dotted, double, boxed."""
    rules = {
        name: re.search(rf"mark\.{name} \{{([^}}]*)\}}", STYLE) for name in ("undecided", "kept", "carried", "conflict")
    }
    looks = [match[1] for match in rules.values() if match]

    assert len(looks) == 4
    assert all(a != b for a, b in itertools.combinations(looks, 2))


def test_the_page_is_self_contained() -> None:
    """No address of elsewhere, no inline style or script, nothing that turns text into markup."""
    for path in (*WEB.iterdir(), *(WEB.parent / "templates").iterdir()):
        text = path.read_text()
        assert not re.search(r"https?://|//cdn|@import|url\(", text), path.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            path.name
        )
        if path.suffix == ".html":
            assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(?:src=|application/json))", text), path.name
            assert "|safe" not in text, path.name


def test_the_list_of_keys_in_the_docs_is_the_pages_own() -> None:
    """docs/keys.md names every key of static/table.js with the same words."""
    table = re.findall(r'^  \["(.+?)", "\w+", "(.+?)", "\w+"\],$', (WEB / "table.js").read_text(), re.MULTILINE)
    documented = re.findall(r"^\| `(.+?)` \| (.+?) \|$", (ROOT / "docs" / "keys.md").read_text(), re.MULTILINE)

    assert len(table) > 25
    assert [(key, does) for key, does in documented if key in dict(table)] == table
