"""The study folder: laid out once, private where it must be, settings checked."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from anonymizer.errors import StudyError
from anonymizer.study import Study, create_study, find_study, open_study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A fresh study."""
    (tmp_path / "protocol.md").write_text("# A\n\n1. What?\n")
    return create_study(
        tmp_path / "s", protocol=tmp_path / "protocol.md", title='T "x" \\', ends_on=datetime.date(2030, 2, 3)
    )


def test_laid_out_as_designed(study: Study) -> None:
    """Folders and modes; the title survives quoting."""
    names = sorted(str(p.relative_to(study.folder)) for p in study.folder.rglob("*"))

    assert [
        ".gitignore", "anonymized", "audit", "private", "private/cache", "private/draft", "private/received",
        "private/recordings", "private/review", "private/salt", "protocol.md", "rules", "study.toml",
    ] == names  # fmt: skip
    assert 0o700 == study.private.stat().st_mode & 0o777
    assert 0o600 == (study.private / "salt").stat().st_mode & 0o777
    assert ('T "x" \\', datetime.date(2030, 2, 3)) == (study.settings.title, study.settings.ends_on)


def test_found_from_inside_and_not_from_outside(study: Study, tmp_path: Path) -> None:
    """The nearest study.toml above counts; none is an error with a hint."""
    assert study.settings == find_study(study.received).settings
    with pytest.raises(StudyError) as caught:
        find_study(Path("/"))
    assert caught.value.hint


def test_not_laid_over_something(study: Study, tmp_path: Path) -> None:
    """A folder that is not empty is left alone."""
    with pytest.raises(StudyError, match="not empty"):
        create_study(study.folder, protocol=tmp_path / "protocol.md", title="T", ends_on=datetime.date(2030, 1, 1))


@pytest.mark.parametrize(
    ("line", "changed", "place", "words"),
    [
        ('title = "', 'titel = "', 2, "titel: unknown key"),
        ("ends_on = 2030-02-03", 'ends_on = "soon"', 3, "ends_on"),
        ("ends_on = 2030-02-03", "ends_on = 2030-02-30", None, "not valid TOML at line 3"),
        ('language = "en"', 'language = "english"', 9, "detection.language"),
        ('protocol = "protocol.md"', 'protocol = "gone.md"', 4, "missing"),
    ],
)
def test_wrong_settings_are_named(study: Study, line: str, changed: str, place: int | None, words: str) -> None:
    """Unknown keys, bad dates, bad values and missing files are named with key or line."""
    path = study.folder / "study.toml"
    path.write_text(path.read_text().replace(line, changed))

    with pytest.raises(StudyError) as caught:
        open_study(study.folder)

    assert words in str(caught.value)
    assert place in (None, caught.value.line)


def test_ids_agree_on_two_computers_and_cannot_be_guessed(study: Study, tmp_path: Path) -> None:
    """The id of a received file depends on its bytes and the study's salt alone."""
    first = study.transcript_id(b"bytes")
    (study.private / "salt").write_bytes(bytes(32))
    other = study.transcript_id(b"bytes")

    assert first != other
    assert [13, "t"] == [len(first), first[0]]


def test_this_computers_places_are_kept(study: Study) -> None:
    """Places are remembered one by one, quotes and backslashes included."""
    study.set_local(keys='/k "1"\\')
    study.set_local(shred="/s")

    assert ('/k "1"\\', "/s") == (study.local().keys, study.local().shred)
