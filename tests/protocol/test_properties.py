"""Whatever outline is written down in whatever way, its ids and texts come back; no input breaks the reader."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from anonymizer.errors import ProtocolError
from anonymizer.protocol.document import parse_protocol
from anonymizer.protocol.markers import letters, plain, roman, take_marker
from anonymizer.protocol.override import dump_override
from anonymizer.protocol.versions import changes

WORDS = st.sampled_from(["where", "does", "your", "old", "bicycle", "stand", "when", "rain", "falls", "over", "river"])
TEXT = st.lists(WORDS, min_size=2, max_size=7).map(lambda words: " ".join(words).capitalize() + "?")


@dataclass(frozen=True)
class Item:
    """A question with those nested in it."""

    text: str
    optional: bool
    below: tuple[Item, ...] = ()


ITEM = st.recursive(
    st.builds(Item, TEXT, st.booleans()),
    lambda below: st.builds(Item, TEXT, st.booleans(), st.lists(below, max_size=3).map(tuple)),
    max_leaves=5,
)
SECTIONS = st.lists(st.lists(ITEM, min_size=1, max_size=4), min_size=1, max_size=3)
TITLES = ("Long walks", "Part B: Short walks", "Rain and snow")
SLUGS = ("long-walks", "short-walks", "rain-and-snow")


def numbers(depth: int, position: int) -> str:
    """1, a, i, 1 ... by depth."""
    return (str(position), letters(position), roman(position))[depth % 3]


def written(items: tuple[Item, ...], depth: int, style: str, out: list[str], above: str = "") -> None:
    """Print items as a researcher would, in one of several styles; ``together`` prints 1a. flush left."""
    for position, item in enumerate(items, 1):
        number = numbers(depth, position)
        joint = f"{above}{'.' if depth % 3 == 0 and depth else ''}{number}"
        mark = {
            "dots": f"{number}.",
            "mixed": f"{number}{').'[depth % 2]}",
            "dashes": f"- {number}.",
            "together": f"{joint}.",
        }[style]
        star = "*" if item.optional else ""
        out.append(f"{'    ' * depth * (style != 'together')}{mark} {star}{item.text}")
        written(item.below, depth + 1, style, out, joint)


def expected(items: tuple[Item, ...], prefix: str, depth: int = 0) -> list[tuple[str, str, bool]]:
    """Ids, texts and optional flags."""
    rows = []
    for position, item in enumerate(items, 1):
        id = f"{prefix}.{numbers(depth, position)}"
        rows.append((id, item.text, item.optional))
        rows += expected(item.below, id, depth + 1)
    return rows


def printed(sections: list[list[Item]], style: str) -> str:
    """The whole document."""
    out = ["A protocol"]
    for title, items in zip(TITLES, sections, strict=False):
        out += ["", title, ""]
        written(tuple(items), 0, style, out)
    return "\n".join(out) + "\n"


@settings(deadline=None, max_examples=60)
@given(SECTIONS, st.sampled_from(["dots", "mixed", "dashes"]))
def test_outline_survives_printing(sections: list[list[Item]], style: str) -> None:
    """Any nesting in any style gives the ids that its numbers say."""
    rows = [row for slug, items in zip(SLUGS, sections, strict=False) for row in expected(tuple(items), slug)]

    protocol = parse_protocol(printed(sections, style).encode(), "p.txt")

    assert [(q.id, q.text, q.optional) for q in protocol.questions] == rows
    assert protocol.unplaced == ()


def shallow(items: tuple[Item, ...] | list[Item], depth: int = 3) -> list[Item]:
    """Items without what is nested deeper than 1a.i, which nobody writes in one number."""
    return [
        Item(item.text, item.optional, tuple(shallow(item.below, depth - 1)) if depth > 1 else ()) for item in items
    ]


@settings(deadline=None, max_examples=60)
@given(SECTIONS)
def test_outline_survives_numbers_written_together(sections: list[list[Item]]) -> None:
    """1a. and 1a.i. flush left say the same as 1. a. i. below one another."""
    flat = [shallow(items) for items in sections]
    rows = [row for slug, items in zip(SLUGS, flat, strict=False) for row in expected(tuple(items), slug)]

    protocol = parse_protocol(printed(flat, "together").encode(), "p.txt")

    assert rows == [(q.id, q.text, q.optional) for q in protocol.questions]
    assert () == protocol.unplaced


@settings(deadline=None, max_examples=60)
@given(SECTIONS)
def test_bullets_below_plain_questions_survive_printing(sections: list[list[Item]]) -> None:
    """Questions in paragraphs with bullets below, if there are at least two such, keep their places."""
    flat = [shallow(items, 2) for items in sections]
    rows = [row for slug, items in zip(SLUGS, flat, strict=False) for row in expected(tuple(items), slug)]
    out = ["A protocol"]
    for title, items in zip(TITLES, flat, strict=False):
        out += ["", title, ""]
        for item in items:
            out.append(f"{item.text}{' (optional)' * item.optional}")
            out += [f"• {probe.text}{' (optional)' * probe.optional}" for probe in item.below]
            out.append("")
    assume(sum(bool(item.below) for items in flat for item in items) > 1)

    protocol = parse_protocol("\n".join(out).encode(), "p.txt")

    assert rows == [(q.id, q.text, q.optional) for q in protocol.questions]
    assert () == protocol.unplaced


@settings(deadline=None, max_examples=60)
@given(SECTIONS)
def test_outline_survives_hyphens_brackets_and_stars(sections: list[list[Item]]) -> None:
    """1-2 for a number, > for its probes and an asterisk behind what is optional say the same as others' signs."""
    flat = [shallow(items, 2) for items in sections]
    rows = [row for slug, items in zip(SLUGS, flat, strict=False) for row in expected(tuple(items), slug)]
    out = ["A protocol", "", "Questions with an asterisk may be left out."]
    for part, (title, items) in enumerate(zip(TITLES, flat, strict=False), 1):
        out += ["", f"PART {('ONE', 'TWO', 'THREE')[part - 1]}: {title.removeprefix('Part B: ')}", ""]
        for position, item in enumerate(items, 1):
            out.append(f"{part}-{position} {item.text}{'*' * item.optional}")
            out += [f"   > {probe.text}{'*' * probe.optional}" for probe in item.below]
    assume(sum(map(len, flat)) > 1)

    protocol = parse_protocol("\n".join(out).encode(), "p.txt")

    assert rows == [(q.id, q.text, q.optional) for q in protocol.questions]
    assert () == protocol.unplaced


@settings(deadline=None, max_examples=60)
@given(SECTIONS)
def test_yaml_reads_as_what_it_was_written_from(sections: list[list[Item]]) -> None:
    """protocol show --format yaml is a starting point that changes nothing."""
    protocol = parse_protocol(printed(sections, "dots").encode(), "p.txt")

    again = parse_protocol(dump_override(protocol).encode(), "p.yaml")

    assert (again.questions, again.version) == (protocol.questions, protocol.version)


@settings(deadline=None, max_examples=60)
@given(SECTIONS)
def test_unchanged_protocol_maps_to_itself(sections: list[list[Item]]) -> None:
    """Even where questions share their words, an unchanged protocol changes no id."""
    protocol = parse_protocol(printed(sections, "dots").encode(), "p.txt")

    assert {change.how for change in changes(protocol, protocol)} == {"same"}


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "",
                "# A",
                "1. B?",
                "a) C?",
                "- *D?",
                "*E?",
                "[f",
                "g]",
                "ii. H?",
                "Q3. I?",
                "Part A: J",
                "---",
                "A. K",
                "1a. L?",
                "A1. M?",
                "1 N",
                "1.1 O?",
                "• P",
                "Q?",
                "== R ==",
                "[S] T",
                "1.0 U",
                "* V?",
                "**W**",
                "**1.** X?",
                "Tell me.",
                "Y (5 min)",
                "Probes:",
                "  + Z",
                "1-1 A?",
                "1-2 B?*",
                "> C?",
                "   > D?",
                "PART ONE: E",
                "SECTION B   F",
                "Notes for whoever interviews",
                "* G",
                "Interview guide",
                "H H",
                "An asterisk means optional.",
                "Close: I. J?",
            ]
        ),
        st.text(max_size=20),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=150)
@given(LINES, st.sampled_from(["p.txt", "p.md", "p.yaml"]))
def test_any_text_is_read_or_refused(lines: list[str], name: str) -> None:
    """No foreign exception leaves the room, and ids are never shared."""
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    try:
        protocol = parse_protocol(data, name)
    except ProtocolError:
        return
    ids = [q.id for q in protocol.questions]
    assert len(ids) == len(set(ids))
    assert all(q.text.strip() for q in protocol.questions)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200), st.sampled_from(["p.txt", "p.docx", "p.odt", "p.yaml", "p.md"]))
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    """Binary rubbish is refused like everything else that is not a protocol."""
    try:
        parse_protocol(data, name)
    except ProtocolError as error:
        refused = error.file
    else:
        refused = name
    assert refused == name


@given(st.integers(1, 89))
def test_roman_numerals_are_read_back(value: int) -> None:
    """xlix. is 49, whatever else it could be."""
    assert value in [number for kind, number in take_marker(f"{roman(value)}. Why?").readings if kind == "roman"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Do** it", "Do it"),
        ("(*If* they said so.)", "(If they said so.)"),
        ("a * b * c", "a * b * c"),
        ("x_y_z", "x_y_z"),
    ],
)
def test_emphasis_is_taken_off(text: str, expected: str) -> None:
    """Only markers that enclose something go."""
    assert plain(text) == expected
