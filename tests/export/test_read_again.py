"""What this program writes, it reads: a random released transcript goes out in each format and comes back."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizer.export.headings import flat
from anonymizer.export.released import ReleasedTranscript, ReleasedTurn
from anonymizer.export.write import render
from anonymizer.intake.reader import read_bytes
from anonymizer.protocol.model import Protocol, Question

PROTOCOL = Protocol("T", (Question("a.1", "A", "1", "How so?"), Question("b.1", "B", "1", "And then?")))
SECTIONS = {"a.1": "A", "b.1": "B", None: ""}
WORD = st.text("abcdefgäöüéß", min_size=1, max_size=8)
ODD = st.sampled_from(
    ["[Person 3]", "<b>", "x&y", "(laughs)", "10:30", "=1+1", "C++", "-->", '"so"', "it's", "a;b", "@home"]
)
TEXTS = st.tuples(WORD, st.lists(WORD | ODD, max_size=8)).map(lambda t: " ".join([t[0], *t[1]]))
TURNS = st.lists(st.tuples(TEXTS, st.sampled_from(["a.1", "b.1", None])), min_size=2, max_size=8)


@pytest.mark.parametrize("format", ["json", "txt", "docx", "vtt", "srt", "csv", "xlsx"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(turns=TURNS)
def test_output_is_input(format: str, turns: list[tuple[str, str | None]]) -> None:
    """Speakers and texts of every turn, in order; headings are not speech."""
    released = ReleasedTranscript(
        "P07-1",
        tuple(
            ReleasedTurn(i, ("I1", "P07")[i % 2], "other", SECTIONS[q], q, 0.5, 2.0 * i, 2.0 * i + 1, text)
            for i, (text, q) in enumerate(turns)
        ),
        PROTOCOL,
        True,
    )
    transcript = read_bytes(render(released, format), f"P07-1.{format}")
    # SRT has no escapes
    instead = {"-->": "->", "<b>": "‹b>"} if format == "srt" else {}

    expected = [flat(t.text) for t in released.turns]
    for old, new in instead.items():
        expected = [text.replace(old, new) for text in expected]
    assert [(t.speaker, text) for t, text in zip(released.turns, expected, strict=True)] == [
        (t.speaker, t.text) for t in transcript
    ]
