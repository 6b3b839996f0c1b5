"""The shipped network: what is in it, what it refuses, what it sees."""

from __future__ import annotations

import json
import shutil

import pytest

from anonymizer.detection import model
from anonymizer.detection.detector import Detector
from anonymizer.detection.evidence import KINDS, NAMES
from anonymizer.detection.learnt import read_judgement
from anonymizer.detection.student import FOLDER, LISTED, Student, WordFlags, read_card, read_features
from anonymizer.errors import ModelError

pytestmark = pytest.mark.model


def test_small_enough_and_complete():
    """The folder holds at most 25 MB, its licence, and the files that its card names."""
    files = {path.name: path.stat().st_size for path in FOLDER.iterdir()}

    assert {"LICENSE", "model.json", "judge.json", "weights.npz", "features.txt.gz"} <= set(files)
    assert sum(files.values()) < 25_000_000
    assert "CC BY-SA 4.0" in (FOLDER / "LICENSE").read_text()


def test_judgement_fits_the_figures():
    """There is a weight for each figure and for the prior, in each network of each kind."""
    document = json.loads((FOLDER / "judge.json").read_text())

    assert list(NAMES) == document["figures"]
    assert set(KINDS) == set(document["weights"])
    networks = [network for kind in document["weights"].values() for network in kind]
    assert len(networks) >= len(KINDS)
    assert {len(NAMES) + 1} == {len(network["linear"]) for network in networks}


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("weights"),
        lambda d: d["figures"].append("other"),
        lambda d: d["weights"].pop("ORG"),
        lambda d: d["weights"]["ORG"][0]["linear"].pop(),
        lambda d: d["weights"]["ORG"][0]["outer"].append(1.0),
        lambda d: d["weights"]["ORG"][0].pop("bias"),
        lambda d: d["weights"]["ORG"][0]["inner"][0].pop(),
        lambda d: d["weights"]["ORG"][0].update(mean="x"),
    ],
)
def test_judgement_that_does_not_fit_is_refused(tmp_path, change):
    """Weights of another shape are an error when they are read, not a wrong judgement later."""
    document = json.loads((FOLDER / "judge.json").read_text())
    change(document)
    (tmp_path / "judge.json").write_text(json.dumps(document))

    with pytest.raises(ModelError):
        read_judgement(tmp_path)


def test_neighbours_in_a_batch_do_not_matter():
    """What is seen in a turn is the same whatever other turns go through the network with it."""
    pipeline = model.load(model.DEFAULT, "en", ner=False)
    student = Student(pipeline)
    doc = pipeline.make_doc("Then Oluwaseun Bakare laughed.")
    others = [pipeline.make_doc(text) for text in ("We met Tove in Lagos.", "No.", "Ask Mr. Odhiambo, he knows Ines")]

    alone = student.read([doc])[0]
    among = student.read([others[0], doc, *others[1:]])[1]

    assert [(g.start, g.end) for g in alone] == [(g.start, g.end) for g in among]
    for one, other in zip(alone, among, strict=True):
        assert one.chances == pytest.approx(other.chances, abs=1e-4)


def test_inflected_words_are_english():
    """The dictionary has base forms; their inflections are known by it."""
    flags = WordFlags({"carry": 1 << LISTED.index("english"), "stop": 1 << LISTED.index("english")})
    english = LISTED.index("english")

    rows = {word: flags._rows(word)[english] for word in ("carries", "carried", "stopped", "stops", "Bakare")}

    assert {"carries": 1, "carried": 1, "stopped": 1, "stops": 1, "Bakare": 0} == rows


def test_changed_file_is_refused(tmp_path):
    """A file that is not the one of the card is an error, never a weaker detection."""
    folder = tmp_path / "talk_en"
    shutil.copytree(FOLDER, folder)
    (folder / "weights.npz").write_bytes(b"other")

    with pytest.raises(ModelError):
        read_card(folder)


def test_another_judgement_is_another_fingerprint(tmp_path):
    """Drafts made under other weights of the judgement are not taken for these; without any it is an error."""
    folder = tmp_path / "talk_en"
    shutil.copytree(FOLDER, folder)
    before = Detector(model_folder=folder).fingerprint()
    (folder / "judge.json").write_text("{}")

    assert before == Detector().fingerprint()
    assert before != Detector(model_folder=folder).fingerprint()
    (folder / "judge.json").unlink()
    with pytest.raises(ModelError):
        Detector(model_folder=folder).fingerprint()


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
