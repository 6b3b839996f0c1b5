"""Rules files: every mistake is named with file and line."""

from __future__ import annotations

import pytest

from anonymizer.detection import rules
from anonymizer.detection.affiliation import read_affiliation
from anonymizer.detection.detector import Detector
from anonymizer.detection.words import split
from anonymizer.errors import RulesError
from anonymizer.study import DetectionSettings


def overlay(tmp_path, relative, content):
    """A study's rules folder with one file."""
    path = tmp_path / "rules" / relative
    path.parent.mkdir(parents=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / "rules"


@pytest.mark.parametrize(
    ("relative", "content", "line"),
    [
        ("keep/own.txt", "# words\nNimbora\n\n!!!\n", 4),
        ("keep/own.txt", "Nimbora\n" + "x" * 200 + "\n", 2),
        ("keep/own.txt", b"Nimbora\nT\xff\n", 2),
        ("recognizers/own.yaml", "- name: a\n  entity_type: PERSON\n  regex: '('\n", 3),
        ("recognizers/own.yaml", "- name: a\n  entity_type: PERSONS\n  regex: 'a'\n", 2),
        ("recognizers/own.yaml", "- name: a\n  entity_type: ID\n  regex: 'a'\n  colour: red\n", 4),
        ("recognizers/own.yaml", "- name: a\n  entity_type: ID\n  regex: 'abc'\n  examples: [xyz]\n", 4),
        ("recognizers/own.yaml", "- name: a\n  entity_type: ID\n", 1),
        ("recognizers/own.yaml", "- name: a\n  entity_type: ID\n  regex: 'a*'\n", 3),
        ("recognizers/own.yaml", "- name: [\n", 2),
        ("en/words.yaml", "titles: [dr]\ndigits: 7\n", 2),
        ("context/affiliation.en.txt", "before: joined\nnear: us\n", 2),
        ("context/affiliation.en.txt", "before: one two three four\n", 1),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path, relative, content, line):
    """A file that cannot be used is refused when the detector is made, with its name and line."""
    folder = overlay(tmp_path, relative, content)

    with pytest.raises(RulesError) as caught:
        Detector(DetectionSettings(model="none"), rules_overlay=folder)

    assert (relative.rsplit("/", 1)[-1], line) == (caught.value.file, caught.value.line)


def test_study_adds_and_takes_words(tmp_path):
    """A study's list adds entries; an exclamation mark takes a shipped one out."""
    folder = overlay(tmp_path, "keep/own.txt", "Nimbora\n!PyTorch\n")
    entries = rules.read_list(rules.list_files("keep", folder))

    assert "nimbora" in entries
    assert "pytorch" not in entries


def test_study_adds_a_recognizer(tmp_path, hidden):
    """A pattern of the study finds its ids, also in turns without digits."""
    folder = overlay(
        tmp_path,
        "recognizers/own.yaml",
        "- name: rooms\n  entity_type: ID\n  regex: '\\broom (?:amber|cobalt)\\b'\n  score: 0.9\n",
    )
    detector = Detector(DetectionSettings(model="none"), rules_overlay=folder)

    assert ["room cobalt"] == hidden(detector, "we met in room cobalt again")


def test_rules_change_the_fingerprint(tmp_path):
    """Candidates made under other rules are not reused."""
    folder = overlay(tmp_path, "keep/own.txt", "Nimbora\n")
    plain = Detector(DetectionSettings(model="none"))
    changed = Detector(DetectionSettings(model="none"), rules_overlay=folder)

    assert plain.fingerprint() != changed.fingerprint()


def test_spellings_of_a_term_meet():
    """Case, blanks and hyphens make no difference to a term."""
    lexicon = rules.Lexicon(["VS Code", "scikit-learn", "C++"])

    assert all(form in lexicon for form in ("vs code", "VSCode", "scikit learn", "c++"))
    assert "c" not in lexicon


def test_shipped_rules_are_readable():
    """All shipped files of detection load, for each language that has words."""
    for language in ("en", "de", "es"):
        assert rules.read_words(language, None)["digits"]
        Detector(DetectionSettings(model="none", language=language))
    assert rules.read_patterns(None)
    assert read_affiliation([])


def test_a_word_is_not_in_its_repr():
    """A traceback or a log shows where a word stands, not which it is."""
    (word,) = split("Zephyrine")

    assert "zephyrine" not in repr(word).lower()
    assert "start=0" in repr(word)
