"""Released transcripts to write."""

from __future__ import annotations

import pytest

from anonymizer.export.released import ReleasedTranscript, ReleasedTurn, ReplacedSpan
from anonymizer.protocol.model import Protocol, Question


def _protocol() -> Protocol:
    return Protocol(
        "Bridges",
        (
            Question("background.1", "Background", "1", "How did you come to build bridges?"),
            Question("background.2", "Background", "2", "Which <tools> & methods do you use?"),
            Question("outlook.1", "Outlook", "1", "What comes next?"),
        ),
    )


@pytest.fixture
def released() -> ReleasedTranscript:
    """A transcript with everything that writers stumble over."""
    first = "We met [Person 1] at [Company 2], & used <b>steel</b>."
    start = first.index("[Person 1]")
    second = first.index("[Company 2]")
    return ReleasedTranscript(
        code="P07-1",
        turns=(
            ReleasedTurn(0, "I1", "interviewer", "", None, 0.4, 0.0, 1.5, "Hello --> and welcome."),
            ReleasedTurn(1, "I1", "interviewer", "Background", "background.1", 0.91, 1.5, 4.25, "How did you come to?"),
            ReleasedTurn(
                2,
                "P07",
                "participant",
                "Background",
                "background.1",
                0.87,
                4.25,
                9.0,
                first,
                (
                    ReplacedSpan(start, start + len("[Person 1]"), "PERSON"),
                    ReplacedSpan(second, second + len("[Company 2]"), "ORGANIZATION"),
                ),
            ),
            ReleasedTurn(
                4, "P07", "participant", "Background", "background.2", 0.5, 9.0, None, "=1\n- café 🙂\ttab: x"
            ),
            ReleasedTurn(5, "I1", "interviewer", "Outlook", "outlook.1", 0.99, 12.0, 13.0, "_x000D_ 'so', \"twice\""),
            ReleasedTurn(6, "P07", "participant", "Background", "background.1", 0.6, 3661.5, 3662.0, "Back to it."),
        ),
        protocol=_protocol(),
        reviewed=True,
        source_format="webvtt",
        participants=("P07",),
        attributes=(("P07", "Age band", "30-39"),),
    )
