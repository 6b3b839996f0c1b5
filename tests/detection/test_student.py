"""The shipped network: what is in it, what it refuses, what it sees."""

from __future__ import annotations

import json
import shutil

import pytest

from anonymizer.detection import model
from anonymizer.detection.detector import Detector
from anonymizer.detection.evidence import KINDS, NAMES
from anonymizer.detection.student import FOLDER, LISTED, Student, read_card, read_features
from anonymizer.errors import ModelError

pytestmark = pytest.mark.model


def test_small_enough_and_complete():
    """The folder holds at most 25 MB, its licence, and the files that its card names."""
    files = {path.name: path.stat().st_size for path in FOLDER.iterdir()}

    assert {"LICENSE", "model.json", "judge.json", "weights.npz", "features.txt.gz"} <= set(files)
    assert sum(files.values()) < 25_000_000
    assert "CC BY-SA 4.0" in (FOLDER / "LICENSE").read_text()


def test_judgement_fits_the_figures():
    """There is a weight for each figure, for each kind."""
    document = json.loads((FOLDER / "judge.json").read_text())

    assert list(NAMES) == document["figures"]
    assert set(KINDS) == set(document["weights"])
    assert {len(NAMES)} == {len(row) for row in document["weights"].values()}


def test_changed_file_is_refused(tmp_path):
    """A file that is not the one of the card is an error, never a weaker detection."""
    folder = tmp_path / "talk_en"
    shutil.copytree(FOLDER, folder)
    (folder / "weights.npz").write_bytes(b"other")

    with pytest.raises(ModelError):
        read_card(folder)


def test_missing_folder_is_an_error(tmp_path):
    """A missing model is an error."""
    with pytest.raises(ModelError):
        Detector(model_folder=tmp_path / "none").fingerprint()


def test_listed_words_have_lists():
    """Every word has at least one list, and no bit that no list has."""
    bits = read_features(FOLDER / "features.txt.gz")

    assert len(bits) > 20_000
    assert all(0 < b < 1 << len(LISTED) for b in bits.values())


def test_same_text_same_guesses(detector, transcript):
    """Reading twice, alone or among others, gives the same candidates."""
    one = transcript("My manager is Oluwaseun Bakare from Lagos.")
    other = transcript("We use PyTorch.", "Then Tove said no.")
    alone = detector.candidates(one)

    assert alone == detector.candidates(one)
    assert [alone, detector.candidates(other)] == list(detector.candidates_many([one, other]))
    assert [detector.candidates(other), alone] == list(detector.candidates_many([other, one]))


def test_student_needs_the_default_vectors():
    """The network is used with the tokenizer and vectors that it was trained with."""
    pipeline = model.load(model.DEFAULT, "en", ner=False)
    student = Student(pipeline)

    assert [[]] == student.read([pipeline.make_doc("")])
    assert student.read([pipeline.make_doc("Then Oluwaseun Bakare laughed.")])[0]
