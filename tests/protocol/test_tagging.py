"""Turns get the questions that they ask, answer or probe; what is not an interview goes to people."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anonymizer.errors import RulesError
from anonymizer.protocol import sentence, weights
from anonymizer.protocol.model import Protocol, Tag
from anonymizer.protocol.tagging import Tagger, read_lexicon
from anonymizer.transcript import Speaker, Transcript

Gold = tuple[str | None, ...]


@pytest.fixture(scope="module")
def tagger(bicycles: Protocol) -> Tagger:
    """A tagger for the protocol about bicycles."""
    return Tagger(bicycles)


def share(tags: Sequence[Tag], gold: Gold) -> float:
    """Share of turns with the right question."""
    return sum(tag.question == want for tag, want in zip(tags, gold, strict=True)) / len(gold)


def test_an_orderly_interview(tagger: Tagger, talk: Transcript, gold: Gold) -> None:
    """A protocol that no weight was learnt on, put in order with shortened questions, is tagged nearly throughout."""
    tags = tagger.tag(talk)

    assert share(tags, gold) >= 0.9
    assert [tag.index for tag in tags] == list(range(len(talk.turns)))
    assert {tag.role for tag in tags} == {"interviewer", "participant"}
    assert all(0.0 <= tag.confidence <= 1.0 for tag in tags)


def test_talk_outside_the_protocol_has_no_question(tagger: Tagger, talk: Transcript) -> None:
    """Consent at the beginning and farewell at the end are nobody's question."""
    tags = tagger.tag(talk)

    assert [tags[i].question for i in (0, 1, 20, 21)] == [None, None, None, None]


def test_lower_case_without_punctuation(tagger: Tagger, talk: Transcript, gold: Gold) -> None:
    """Automatic captions are normal input."""
    turns = tuple(
        replace(turn, text="".join(c for c in turn.text.lower() if c.isalnum() or c.isspace())) for turn in talk
    )

    assert share(tagger.tag(Transcript("plain", turns)), gold) >= 0.8


def test_sections_in_another_order(tagger: Tagger, talk: Transcript, gold: Gold) -> None:
    """An interviewer who begins with the last section is followed."""
    order = [0, 1, *range(16, 20), *range(10, 16), *range(2, 10), 20, 21]
    turns = tuple(replace(talk.turns[at], index=i) for i, at in enumerate(order))

    assert share(tagger.tag(Transcript("other", turns)), tuple(gold[at] for at in order)) >= 0.8


def test_order_of_files_does_not_matter(tagger: Tagger, talk: Transcript) -> None:
    """The same study in another order gives the same tags, to the last digit."""
    half = Transcript("half", talk.turns[:12])
    tail = Transcript("tail", tuple(replace(t, index=i) for i, t in enumerate(talk.turns[6:])))
    study = [talk, half, tail]
    straight = tagger.tag_study(study)

    for seed in range(3):
        order = random.Random(seed).sample(range(3), 3)
        shuffled = tagger.tag_study([study[i] for i in order])
        assert [shuffled[order.index(i)] for i in range(3)] == straight


def test_known_speakers_overrule_labels(tagger: Tagger, talk: Transcript) -> None:
    """With roles turned round by the roster, the roles in the tags are turned round."""
    known = (Speaker("Interviewer", "participant"), Speaker("Participant", "interviewer"))

    assert [t.role for t in tagger.tag(talk, known)][:2] == ["participant", "interviewer"]


def test_numbered_speakers_are_told_apart_by_who_asks(tagger: Tagger, talk: Transcript, gold: Gold) -> None:
    """Without any label that means something the tags are as good."""
    names = {"Interviewer": "Speaker 2", "Participant": "Speaker 1"}
    turns = tuple(replace(turn, speaker=names[turn.speaker or ""]) for turn in talk)

    assert share(tagger.tag(Transcript("numbered", turns)), gold) >= 0.9


@pytest.mark.parametrize("speaker", [None, "Anna"])
def test_one_speaker_is_never_sure(tagger: Tagger, talk: Transcript, speaker: str | None) -> None:
    """A transcript without two voices is tagged as far as it goes, and every turn goes to a person."""
    turns = tuple(replace(turn, speaker=speaker) for turn in talk)
    tags = tagger.tag(Transcript("alone", turns))

    assert all(tag.review for tag in tags)
    assert {tag.role for tag in tags} == {"unknown"}


def test_times_that_run_backwards_are_never_sure(tagger: Tagger, talk: Transcript) -> None:
    """A transcript in the wrong order is tagged as far as it goes, and every turn goes to a person."""
    turns = tuple(replace(turn, start=1000.0 - 5 * turn.index, end=None) for turn in talk)

    assert all(tag.review for tag in tagger.tag(Transcript("backwards", turns)))


def test_an_interview_turned_round_is_never_sure(tagger: Tagger, talk: Transcript) -> None:
    """Turns in the wrong order, without times that would tell, are noticed by their questions."""
    turns = tuple(replace(turn, index=i) for i, turn in enumerate(reversed(talk.turns)))

    assert all(tag.review for tag in tagger.tag(Transcript("round", turns)))
    assert not all(tag.review for tag in tagger.tag(talk))


def test_a_focus_group_in_which_nobody_asks_is_never_sure(tagger: Tagger, talk: Transcript) -> None:
    """With every question taken out, ten voices that only tell are tagged, and every turn goes to review."""
    turns = tuple(
        replace(turn, index=i, speaker=f"Speaker {i % 10}")
        for i, turn in enumerate(t for t in talk if t.speaker == "Participant")
    )

    assert all(tag.review for tag in tagger.tag(Transcript("told", turns)))


def test_focus_group(tagger: Tagger, talk: Transcript, gold: Gold) -> None:
    """Ten voices: the moderator is found, the answers are everybody's."""
    turns = tuple(
        turn if turn.speaker == "Interviewer" else replace(turn, speaker=f"Speaker {turn.index % 9}") for turn in talk
    )

    assert share(tagger.tag(Transcript("group", turns)), gold) >= 0.8


def test_single_turn_and_single_question(transcript: Callable[..., Transcript], bicycles: Protocol) -> None:
    """The smallest transcript under the smallest protocol."""
    smallest = Protocol("T", bicycles.questions[:1])

    tags = Tagger(smallest).tag(transcript((("Interviewer", "How long have you been riding?"),)))

    assert len(tags) == 1
    assert tags[0].review


def test_empty_and_strange_turns(transcript: Callable[..., Transcript], tagger: Tagger) -> None:
    """Empty texts, noise marks, other scripts and very long turns do not break it."""
    rows = (("Interviewer", ""), ("Participant", "[laughs]"), ("Interviewer", "???"), ("Participant", "дом " * 3000),
            ("Interviewer", "\u200b"), (None, "…"))  # fmt: skip

    assert len(tagger.tag(transcript(rows))) == 6


def test_packed_texts_do_not_see_each_other() -> None:
    """A vector is nearly the same alone and among others; only rounding differs."""
    texts = ["Who taught you to ride?", "And in winter?", "What should the city change for cyclists, in your view?"]
    together, alone = sentence.embed(texts), np.concatenate([sentence.embed([text]) for text in texts])

    assert ((together * alone).sum(1) > 0.97).all()
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert together[0] @ together[2] < 0.8


def test_no_transcripts(tagger: Tagger) -> None:
    """Nothing in, nothing out."""
    assert tagger.tag_study([]) == []


def test_damaged_weights_are_refused(tmp_path: Path, bicycles: Protocol) -> None:
    """A study's own weights of another version are named, not half used."""
    (tmp_path / "tagging").mkdir()
    (tmp_path / "tagging" / "weights.json").write_text(json.dumps({"passes": [{}], "rounds": 1}))

    with pytest.raises(RulesError, match="damaged or of another version"):
        Tagger(bicycles, rules_overlay=tmp_path)


def test_shipped_weights_are_sound() -> None:
    """Calibration rises, stays a probability, and the threshold lies within it."""
    shipped = weights.load()
    said = [probability for _, probability in shipped.calibration]

    assert said == sorted(said)
    assert 0.0 < said[0]
    assert said[-1] < 1.0
    assert 0.5 < shipped.review_below <= 1.0
    assert len(shipped.vectors) == 3


def test_study_adds_words_of_outside_talk(tmp_path: Path) -> None:
    """STUDY/rules/tagging/outside.yaml is joined with the shipped list; a typing error names its line."""
    (tmp_path / "tagging").mkdir()
    own = tmp_path / "tagging" / "outside.yaml"
    own.write_text("local: [Grüezi, off, 12]\n")
    found = read_lexicon(tmp_path)
    own.write_text("local: [a\n")

    assert {"grüezi", "off", "12", "consent"} <= found
    with pytest.raises(RulesError) as caught:
        read_lexicon(tmp_path)
    assert caught.value.line == 2
