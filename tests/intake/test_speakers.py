"""Speaker labels over the whole study: counted, drift told, decided once."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable

import pytest

from anonymizer.intake.drift import count, drift, unanimous
from anonymizer.study import Study
from anonymizer.transcript import Transcript, Turn


def _transcript(*labels: str | None) -> Transcript:
    return Transcript("t", tuple(Turn(i, label, "two words") for i, label in enumerate(labels)))


def test_labels_are_counted_over_files() -> None:
    """Turns, words and files of each label, in order of first appearance; turns without one are not counted."""
    labels = count([("a.vtt", _transcript("Ada", "Bo", None, "Ada")), ("b.vtt", _transcript("Ada", "Speaker 1"))])

    assert [("Ada", ("a.vtt", "b.vtt"), 3, 6), ("Bo", ("a.vtt",), 1, 2), ("Speaker 1", ("b.vtt",), 1, 2)] == [
        (x.text, x.files, x.turns, x.words) for x in labels
    ]
    assert [False, False, True] == [x.generic for x in labels]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ADA QUILL", "Ada Quill"),
        ("Quill, Ada", "Ada Quill"),
        ("Ada", "Ada Quill"),
        ("A. Quill", "Ada Quill"),
        ("Dr. Ada Quill", "Ada Quill"),
        ("Ada Qúill", "Ada Quill"),
        ("Ada Quil", "Ada Quill"),
        ("AdaQuill", "Ada Quill"),
    ],
)
def test_drift_is_told(first: str, second: str) -> None:
    """Case, order, shortened, title, accent, misspelt, run together: may be the same person."""
    assert {first: (second,), second: (first,)} == drift([first, second])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ada Quill", "Ada Reed"),
        ("Speaker 1", "Speaker 2"),
        ("Speaker 1", "Ada Quill"),
        ("Bo", "Jo"),
        ("+44 20 7946 0018", "+44 20 7946 0019"),
        ("Interviewer", "Interviewer 2"),
    ],
)
def test_different_people_stay_apart(first: str, second: str) -> None:
    """A shared first name, parts, short names and telephones are no drift."""
    assert {first: (), second: ()} == drift([first, second])


def test_ambiguous_short_form_is_told_of_both() -> None:
    """ "Ada" may be either; the two full names are not joined through it."""
    assert {"Ada": ("Ada Quill", "Ada Reed"), "Ada Quill": ("Ada",), "Ada Reed": ("Ada",)} == drift(
        ["Ada", "Ada Quill", "Ada Reed"]
    )


def test_unanimous_maps() -> None:
    """What all maps agree on holds for later files; a part keeps its role, and a disagreement holds nothing."""
    maps = [
        [
            ("INT", "interviewer", "I1"),
            ("RES", "participant", "P01"),
            ("Ada", "participant", "P01"),
            ("X", "other", ""),
        ],
        [("INT", "interviewer", "I1"), ("RES", "participant", "P02"), ("X", "interviewer", "")],
        [("X", "other", "")],
    ]

    assert {
        "INT": ("interviewer", "I1"),
        "RES": ("participant", ""),
        "Ada": ("participant", "P01"),
    } == unanimous(maps)


@pytest.fixture
def study(demo_study: Callable[..., Study]) -> Study:
    """Three interviews, and a fourth whose labels nobody knows."""
    made = demo_study()
    turns = [
        {"speaker": "HOLLIS BRADOCK", "text": "How so?"},
        {"speaker": "Speaker 7", "text": "By boat."},
        {"speaker": "Quillfeather", "text": "And on foot."},
    ]
    (made.received / "extra.json").write_text(json.dumps({"turns": turns}))
    return made


def _list(anonymizer: Callable[..., int], study: Study, capsys: pytest.CaptureFixture[str]) -> dict[str, dict]:
    capsys.readouterr()
    assert 0 == anonymizer("speakers", "list", "--study", study.folder, "--format", "json")
    return {row["label"]: row for row in json.loads(capsys.readouterr().out)}


def _set(anonymizer: Callable[..., int], study: Study, monkeypatch: pytest.MonkeyPatch, rows: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"label,code,role,file\n{rows}\n".encode())))
    return anonymizer("speakers", "set", "-", "--study", study.folder)


def test_list_shows_who_and_drift(
    study: Study, anonymizer: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Known names have their codes, open ones a question mark, and a misspelt one says whom it may be."""
    rows = _list(anonymizer, study, capsys)

    assert ["I1"] == rows["Hollis Braddock"]["who"]
    assert 3 == len(rows["Hollis Braddock"]["files"])
    assert ["?"] == rows["HOLLIS BRADOCK"]["who"]
    assert ["Hollis Braddock"] == rows["HOLLIS BRADOCK"]["same_as"]
    assert ["Zephyrine Quillfeather"] == rows["Quillfeather"]["same_as"]


def test_list_without_key(study: Study, anonymizer: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """Labels and drift need no key."""
    assert 0 == anonymizer("speakers", "list", "--no-key", "--study", study.folder)
    assert "not looked up" in capsys.readouterr().out


def test_name_is_decided_once(
    study: Study,
    anonymizer: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name's code makes it another form of that person's in every file, also one received later."""
    assert 0 == _set(anonymizer, study, monkeypatch, "HOLLIS BRADOCK,I1,,")
    later = [{"speaker": "Hollis Bradock", "text": "Once more."}]
    (study.received / "later.json").write_text(json.dumps({"turns": later}))
    rows = _list(anonymizer, study, capsys)

    assert ["I1"] == rows["HOLLIS BRADOCK"]["who"]
    assert ["I1"] == rows["Hollis Bradock"]["who"]


def test_part_is_decided_for_its_file(
    study: Study,
    anonymizer: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ "Speaker 7" of a tied file is a participant; in an unknown file it stays open."""
    assert 0 == anonymizer("participants", "link", "extra.json", "P01", "--study", study.folder)
    assert 0 == _set(anonymizer, study, monkeypatch, "Speaker 7,P01,,extra.json")
    rows = _list(anonymizer, study, capsys)

    assert ["P01"] == rows["Speaker 7"]["who"]


def test_role_follows_to_later_files(
    study: Study,
    anonymizer: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A part's role, decided once, holds for a file that is tied afterwards."""
    assert 0 == anonymizer("participants", "link", "extra.json", "P01", "--study", study.folder)
    assert 0 == _set(anonymizer, study, monkeypatch, "Speaker 7,,other,")
    (study.received / "later.json").write_text(json.dumps({"turns": [{"speaker": "Speaker 7", "text": "Me again."}]}))
    assert 0 == anonymizer("participants", "link", "later.json", "P02", "--study", study.folder)
    rows = _list(anonymizer, study, capsys)

    assert ["other"] == rows["Speaker 7"]["who"]
    assert 2 == len(rows["Speaker 7"]["files"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("Nobody Here,P01,,", "no received file has"),
        ("Speaker 7,,,", "needs a code, or one of the roles"),
        ("Speaker 7,,king,", "needs a code, or one of the roles"),
        ("Speaker 7,P99,,extra.json", "not in the key store"),
        ("Hollis Braddock,P01,,", "fits P01 and somebody else"),
        ("Speaker 7,P01,,interview-0-Oslo.json", "this file does not have"),
    ],
)
def test_wrong_mapping_is_refused(
    study: Study,
    anonymizer: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    rows: str,
    message: str,
) -> None:
    """Unknown labels, codes, roles and files are errors that quote no name."""
    assert 0 == anonymizer("participants", "link", "extra.json", "P01", "--study", study.folder)

    assert 1 == _set(anonymizer, study, monkeypatch, rows)
    said = capsys.readouterr().err
    assert message in said
    assert "Braddock" not in said


def test_unreadable_file_does_not_stop_the_list(
    study: Study, anonymizer: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Other files are still counted; the exit code says that one failed."""
    (study.received / "broken.docx").write_bytes(b"PK\x03\x04 cut off")

    assert 4 == anonymizer("speakers", "list", "--study", study.folder)
    captured = capsys.readouterr()
    assert "broken.docx" in captured.err
    assert "Speaker 7" in captured.out
