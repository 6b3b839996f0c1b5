"""Who asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anonymizer.protocol.speakers import roles
from anonymizer.transcript import Speaker, Transcript

ASKS = "What do you think about the harbour?"
SAYS = "I think we should have built it on our own side of the bay, my father always said so."


@pytest.mark.parametrize(
    ("asker", "teller"),
    [("Interviewer", "Participant"), ("I", "P07"), ("Q", "A"), ("INT:", "RESP:"), ("Moderator", "Anna")],
)
def test_labels_tell(transcript: Callable[..., Transcript], asker: str, teller: str) -> None:
    """Usual labels are understood, even if the participant asks more."""
    talk = transcript(((teller, ASKS), (asker, SAYS), (teller, ASKS)))

    assert roles(talk) == {teller: "participant", asker: "interviewer"}


def test_who_asks_is_the_interviewer(transcript: Callable[..., Transcript]) -> None:
    """Names and numbers say nothing; questions do, also without punctuation."""
    rows = (("Speaker 1", SAYS), ("Speaker 2", "and how do you see the harbour"), ("Speaker 1", SAYS),
            ("Speaker 2", "what would your father say"), ("Speaker 1", SAYS))  # fmt: skip

    assert roles(transcript(rows)) == {"Speaker 1": "participant", "Speaker 2": "interviewer"}


def test_what_is_known_holds(transcript: Callable[..., Transcript]) -> None:
    """The roster overrules labels and questions."""
    talk = transcript((("Interviewer", ASKS), ("B", SAYS)))
    known = (Speaker("Interviewer", "participant"), Speaker("B", "interviewer"))

    assert roles(talk, known) == {"Interviewer": "participant", "B": "interviewer"}


def test_focus_group_has_one_moderator(transcript: Callable[..., Transcript]) -> None:
    """Ten speakers: the one who asks, not the one who asks once."""
    rows = []
    for n in range(9):
        rows += [("Kim", ASKS), (f"S{n}", SAYS)]
    found = roles(transcript((*rows, ("S0", "What was that?"))))

    assert [label for label, role in found.items() if role == "interviewer"] == ["Kim"]


def test_one_voice_has_no_interviewer(transcript: Callable[..., Transcript]) -> None:
    """A transcript of one speaker, or without speakers, is nobody's interview."""
    assert roles(transcript(((None, SAYS), (None, ASKS)))) == {None: "unknown"}
    assert roles(transcript((("Anna", SAYS), ("Anna", ASKS)))) == {"Anna": "unknown"}
