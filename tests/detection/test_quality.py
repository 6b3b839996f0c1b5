"""Detection on this project's own gold: figures may not fall below what was measured."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent.parent.parent / "tools"
pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not TOOLS.is_dir(), reason="the scripts of tools/ are not part of the wheel"),
]


@pytest.fixture
def tools(monkeypatch):
    """The scripts of tools/ can be imported."""
    for folder in (TOOLS / "student", TOOLS):
        monkeypatch.syspath_prepend(str(folder))


@pytest.mark.parametrize(
    ("lower", "floor"),
    [
        (False, {"direct": 0.92, "quasi": 0.88, "precision": 0.88}),
        (True, {"direct": 0.89, "quasi": 0.84, "precision": 0.86}),
    ],
)
def test_own_gold(tools, detector, lower, floor):
    """People, employers and places of the invented interviews are hidden, and little else, in both casings."""
    from gold import own, transcript_of
    from scoring import score

    found = {}
    for document in own():
        transcript = transcript_of(document, lower=lower)
        rows = found.setdefault(document["id"], {})
        for f in detector.detect(transcript):
            rows.setdefault(f.turn, []).append((f.start, f.end, f.context in ("direct", "tied"), f.review))
    figures = score(own(), found)

    assert figures.direct >= floor["direct"]
    assert figures.quasi >= floor["quasi"]
    assert figures.precision >= floor["precision"]
    assert figures.flagged <= 15


def test_gold_marks_lie_on_their_text(tools):
    """The marks of the invented interviews stand where their text is."""
    from gold import own

    documents = own()

    assert 6 == len(documents)
    for document in documents:
        for entity in document["entities"]:
            text = document["turns"][entity["turn"]]["text"]
            assert entity["text"] == text[entity["start"] : entity["end"]]


@pytest.mark.long
def test_no_origin_far_behind(tools, detector):
    """The same sentences with names of eleven origins: in clean text no group is more than .03 under the best."""
    from cases import fairness

    def find(transcript, roster):
        rows = {}
        for f in detector.detect(transcript, roster):
            rows.setdefault(f.turn, []).append((f.start, f.end, f.context in ("direct", "tied"), f.review))
        return rows

    rates = fairness(find)
    cased = {origin: rate for origin, (rate, _) in rates.items()}

    assert max(cased.values()) - min(cased.values()) <= 0.04
    assert min(low for _, low in rates.values()) >= 0.88


def test_templates_can_all_be_filled(tools):
    """Every template gives text whose labels lie on it."""
    from synthetic import LABEL, Names, Synthetic

    made = Synthetic(Names({}, {}), ["Quillhaven"], ["Norland"], ["PyTorch"], ["Bosch"])
    rng = random.Random(1)
    labels = set()
    for template in made.templates:
        made.templates = [template]
        text, spans = made.turn(rng)
        labels |= {label for _, _, label in spans}
        assert all(0 <= start < end <= len(text) for start, end, _ in spans)

    assert set(LABEL.values()) == labels


def test_training_refuses_without_the_corpus(tools, tmp_path):
    """Without ../shared/corpus the training script says what it reads and changes nothing."""
    code = (
        "import sys, runpy, pathlib; tools, out, none = sys.argv[1:]; sys.argv = ['x', '--output', out]; "
        "sys.path[:0] = [tools, tools + '/student']; import gold; gold.CORPUS = pathlib.Path(none); "
        "runpy.run_path(tools + '/train_student.py', run_name='__main__')"
    )
    arguments = [str(TOOLS), str(tmp_path / "out"), str(tmp_path / "none")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments], capture_output=True, text=True, check=False
    )

    assert 1 == done.returncode
    assert "the corpus is not there" in done.stderr
    assert not (tmp_path / "out").exists()
