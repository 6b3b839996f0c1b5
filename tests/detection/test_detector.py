"""The detector as a whole, on invented turns."""

from __future__ import annotations

import pytest

from anonymizer.detection import candidate
from anonymizer.detection.detector import Detector
from anonymizer.errors import ModelError
from anonymizer.roster import parse_roster
from anonymizer.study import DetectionSettings

ROSTER = parse_roster(
    b"name,aliases,email,organization,role,people,places\n"
    b"Mirela Stoianovici,Miri,mirela@tarnbeck.io,Tarnbeck Robotics,participant,Goran;Hope Adeyemi,Plovdiv\n"
    b"Will Ashdown,,,Farrow University,interviewer,,\n"
)


def test_roster_names_are_hidden_in_every_form(bare, hidden):
    """Whole, part, possessive, lower-case and misspelt forms of roster names are hidden without any model."""
    found = hidden(
        bare,
        "Hello Mirela, is it Stoianovici's desk?",
        "miri said stoyanovici is hard to spell",
        "I met Goran in Plovdiv at Tarnbeck.",
        roster=ROSTER,
    )

    assert found == ["Mirela", "Stoianovici", "miri", "stoyanovici", "Goran", "Plovdiv", "Tarnbeck"]


def test_address_with_roster_names_in_it_is_one(bare, hidden):
    """An e-mail address said aloud is hidden whole; its "dot" and "at" alone would be looked for everywhere."""
    found = hidden(bare, "Write to mirela dot stoianovici at tarnbeck dot io please.", roster=ROSTER)

    assert found == ["mirela dot stoianovici at tarnbeck dot io"]


def test_everyday_words_are_no_roster_names(bare, hidden):
    """A roster name that is an everyday word is found by its capital, not in every sentence."""
    found = hidden(bare, "i hope it will work", "So I asked Will and Hope Adeyemi.", "Will it work?", roster=ROSTER)

    assert found == ["Will", "Hope Adeyemi"]


def test_speaker_labels_are_known_names(bare, hidden):
    """The name of a speaker is searched in all turns; a role is not."""
    found = hidden(bare, ("Interviewer", "Thanks, Teodora."), ("Teodora Vasquell", "Sure, vasquell is fine."))

    assert found == ["Teodora", "vasquell"]


def test_invisible_and_lookalike_characters_hide_no_name(bare, hidden):
    """Zero-width characters, Cyrillic look-alikes and full-width letters inside a name do not hide it."""
    found = hidden(
        bare, "I am Mir\u200bela.", "I am Mirеla.", "I am Ｍｉｒｅｌａ.", "I am M\u00adirela\u200d!", roster=ROSTER
    )

    assert found == ["Mir\u200bela", "Mirеla", "Ｍｉｒｅｌａ", "M\u00adirela\u200d"]


@pytest.mark.model
def test_technical_talk_stays(detector, hidden):
    """Technical names, eponyms and vendors in general stay readable; people and employers do not."""
    found = hidden(
        detector,
        "We train with PyTorch on NVIDIA cards and use the Adam optimizer.",
        "Then Adam said he had worked at Quillhaven Labs in Rotterdam.",
    )

    assert "Adam" in found
    assert "Quillhaven Labs" in found
    assert "Rotterdam" in found
    assert not {"PyTorch", "NVIDIA", "Adam optimizer"} & set(found)


@pytest.mark.model
def test_found_once_hidden_everywhere(detector, hidden):
    """A name found in one turn is hidden in lower case and as a possessive elsewhere."""
    found = hidden(detector, "My manager is Oluwaseun Bakare.", "and then bakare's laptop broke", "OLUWASEUN was there")

    assert found == ["Oluwaseun Bakare", "bakare", "OLUWASEUN"]


@pytest.mark.model
def test_candidates_can_be_cached(detector, transcript):
    """Candidates survive JSON and hold no text; judging them again gives the same findings."""
    built = transcript("I am Oluwaseun Bakare from Lagos, born on May 3rd 1988.", "write kat dot osei at tarn dot io")
    found = detector.candidates(built)
    rows = candidate.dump(found)

    assert detector.detect(built) == detector.judge(built, candidate.restore(rows))
    assert "Bakare" not in str(rows)


def test_missing_model_names_the_command():
    """A model that is not installed is an error with the install command, never a weaker detection."""
    with pytest.raises(ModelError) as caught:
        Detector(DetectionSettings(model="xx_no_such_model")).fingerprint()

    assert caught.value.hint == "pip install xx_no_such_model"


@pytest.mark.parametrize("text", ["", " ", "a", "😀😀", "你好，我叫王小明", "مرحبا", "\u200b\u200b", "x" * 100_000])
def test_any_text_is_read(bare, transcript, text):
    """Other scripts, emoji, empty and very long turns give findings inside the text, and no error."""
    built = transcript(text, "word")

    for finding in bare.detect(built, ROSTER):
        assert finding.end <= len(built.turns[finding.turn].text)


@pytest.mark.model
def test_the_studys_own_words_are_kept_without_asking(tmp_path, hidden):
    """A name-like word of STUDY/rules/keep stays and is not asked about; a name of the roster is not freed by it."""
    (tmp_path / "keep").mkdir()
    (tmp_path / "keep" / "learned.txt").write_text("Brankovich\nMirela\n")
    own = Detector(DetectionSettings(), rules_overlay=tmp_path)
    turns = ("So I met Brankovich at lunch and Brankovich said that he knows Mirela.",)

    assert "Brankovich" in hidden(Detector(DetectionSettings()), *turns, roster=ROSTER)
    assert ["Mirela"] == hidden(own, *turns, roster=ROSTER)
