"""The roster comes first: codes, aliases, and what belongs to whom."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizer.detection.finding import ENTITY_TYPES, Finding
from anonymizer.entities.entity import Linked
from anonymizer.entities.linking import link
from anonymizer.errors import ReviewError
from anonymizer.roster import Person, Roster
from anonymizer.transcript import Speaker, Transcript, Turn

Link = Callable[..., Linked]
KAT = Person("Katherine Osei", aliases=("Kasha",), organization=("Lumenworks Robotics",), people=("Nadia Brandt",),
             places=("Harlow",), code="P07")  # fmt: skip
MARK = Person("Mark Tolliver", role="interviewer", code="I1")
OTHER = Person("Mark Abernathy", organization=("Cobblestone",), code="P12")
ROSTER = Roster((KAT, MARK, OTHER))
HERE = (Speaker("A", "interviewer", "I1"), Speaker("B", "participant", "P07"))


def test_participants_and_interviewers_are_their_codes(linked: Link) -> None:
    """By full name, alias, nickname and misheard; the bare first name is who is present."""
    result = linked("Hi {P:Kat}.", "Hi {P:Mark}.", "{P:Kasha} {P:Osay}?", "{P:Ms. Osei}, yes.",
                    roster=ROSTER, speakers=HERE)  # fmt: skip
    assert [("E1", "P07"), ("E2", "I1")] == [(e.id, e.roster) for e in result.entities]
    assert ("P07",) == result.entities[0].about
    assert ["study", "study"] == [e.scope for e in result.entities]
    assert "katherine osei" == result.entities[0].key


def test_somebody_of_the_roster_who_is_not_here_needs_a_full_name(linked: Link) -> None:
    """ "Mark" in P07's interview is not participant P12, whose full name nobody said."""
    result = linked("We met {P:Mark Abernathy}.", "Who?", roster=ROSTER, speakers=HERE)
    assert ["P12"] == [e.roster for e in result.entities]
    result = linked("{P:Abernathy} who?", "No.", roster=ROSTER, speakers=HERE)
    assert [None] == [e.roster for e in result.entities]


def test_without_speakers_everybody_of_the_roster_may_be_here(linked: Link) -> None:
    """`detect --roster`: a bare name with one bearer is that one, with two it is asked."""
    assert ["P07"] == [e.roster for e in linked("{P:Kat} came.", roster=ROSTER).entities]
    result = linked("{P:Mark} came.", roster=ROSTER)
    assert [None] == [e.roster for e in result.entities]
    assert ["who?"] == [q.kind for q in result.questions]


def test_what_belongs_to_a_participant_is_about_the_participant(linked: Link) -> None:
    """Employers, places and people around them, under any of their forms."""
    result = linked("{O:Lumenworks} in {L:Harlow}, with {P:Nadia}.", "{O:Cobblestone} too.",
                    roster=ROSTER, speakers=HERE)  # fmt: skip
    assert [("P07",), ("P07",), ("P07",), ("P12",)] == [e.about for e in result.entities]
    assert [None, None, True, None] == [e.roster and e.roster.startswith("other:") for e in result.entities]


def test_labels_that_are_no_names_are_no_aliases(linked: Link) -> None:
    """A diarized "Speaker 1" tied to P07 does not make every Speaker P07."""
    result = linked("{P:Speaker} came.", roster=ROSTER, speakers=(Speaker("Speaker 1", "participant", "P07"),))
    assert [None] == [e.roster for e in result.entities]


def test_a_label_that_is_a_name_is_one(linked: Link) -> None:
    """ "Katie" tied to P07 is P07 in the text as well, though the roster has it not."""
    result = linked("{P:Katie} came.", roster=ROSTER, speakers=(Speaker("Katie", "participant", "P07"),))
    assert ["P07"] == [e.roster for e in result.entities]


@pytest.mark.parametrize("finding", [(9, 0, 1), (0, 0, 99)])
def test_findings_outside_the_transcript_are_refused(finding: tuple[int, int, int]) -> None:
    """Findings of another version of the file."""
    wrong = Finding(*finding, "PERSON", "direct", 1.0, ("ner",), "a name")
    with pytest.raises(ReviewError):
        link(Transcript("x", (Turn(0, "A", "short"),)), [wrong])


WORDS = st.sampled_from(
    ["Kat", "Kate", "Osei", "Katherine Osei", "Mark", "mark", "Mr. Xu", "Xu", "Mark Xu", "the", "", "'s", "-", "\u200b",
     "Van der", "A.J.", "é", "李", "Lumenworks", "LW", "L W", "Lumen Works Ltd", "...", "Dr.", "O'Neil", "o’neil"]
)  # fmt: skip


@given(st.data())
def test_any_findings_are_linked_the_same_in_any_order(data: st.DataObject) -> None:
    """Every finding gets one entity, entities are numbered by first mention, and the order of findings is no matter."""
    turns, findings = [], []
    for index in range(data.draw(st.integers(1, 4))):
        parts = data.draw(st.lists(WORDS, min_size=1, max_size=5))
        text = " and ".join(parts)
        place = 0
        for part in parts:
            if part:
                kind = data.draw(st.sampled_from(ENTITY_TYPES))
                group = data.draw(st.sampled_from(["", "g1"]))
                findings.append(
                    Finding(index, place, place + len(part), kind, "direct", 1.0, ("ner",), "x", group=group)
                )
            place += len(part) + 5
        turns.append(Turn(index, data.draw(st.sampled_from(["A", "B", None])), text))
    transcript = Transcript("x", tuple(turns))
    result = link(transcript, findings, ROSTER)
    shuffled = findings[:]
    random.Random(1).shuffle(shuffled)
    assert result == link(transcript, shuffled, ROSTER)
    assert len(findings) == len(result.entity_of)
    assert [f"E{n}" for n in range(1, len(result.entities) + 1)] == [e.id for e in result.entities]
    firsts = [e.mentions[0] for e in result.entities]
    assert sorted(firsts) == firsts
    assert sorted((f.turn, f.start, f.end) for f in findings) == sorted(m for e in result.entities for m in e.mentions)
    types = {e.id: e.entity_type for e in result.entities}
    assert [f.entity_type for f in result.findings] == [types[id] for id in result.entity_of]
    ids = {e.id for e in result.entities}
    assert all(set(q.entities) <= ids for q in result.questions)
