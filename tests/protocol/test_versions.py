"""A protocol that changes during a study."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from anonymizer.cli import cli
from anonymizer.errors import ProtocolError
from anonymizer.protocol.document import parse_protocol
from anonymizer.protocol.update import preview, update
from anonymizer.protocol.versions import added, changes
from anonymizer.review import events, marks
from anonymizer.review.combine import combine
from anonymizer.study import Study, open_study

OLD = "T\n\nWalks\n\n1. Where do you walk in the evening?\n2. Why there?\n   a. Since when?\n3. What do you see?\n"
NEW = (
    "T\n\nWalks\n\n1. Who goes with you?\n2. Where do you walk in the late evening?\n3. Why there?\n   a. Since when?\n"
)


def test_each_question_is_followed() -> None:
    """Moved, reworded, moved with its children, gone, new."""
    old, new = parse_protocol(OLD.encode(), "p.txt"), parse_protocol(NEW.encode(), "p.txt")

    found = changes(old, new)

    assert [(change.old, change.new, change.how) for change in found] == [
        ("walks.1", "walks.2", "moved and reworded"),
        ("walks.2", "walks.3", "moved"),
        ("walks.2.a", "walks.3.a", "moved"),
        ("walks.3", None, "gone"),
    ]
    assert added(found, new) == ("walks.1",)


def test_equal_words_are_told_apart_by_parents() -> None:
    """Two "Why?" keep to the questions they are nested in when these change places."""
    old = parse_protocol(b"T\n\nA\n\n1. Where is it?\n  a. Why?\n2. When was it?\n  a. Why?\n", "p.txt")
    new = parse_protocol(b"T\n\nA\n\n1. When was it?\n  a. Why?\n2. Where is it?\n  a. Why?\n", "p.txt")

    assert {c.old: c.new for c in changes(old, new)} == {"a.1": "a.2", "a.1.a": "a.2.a", "a.2": "a.1", "a.2.a": "a.1.a"}


CHANGED = """Interviews about bicycles

Background

1. What was your first bicycle?
2. How long have you been riding a bicycle?
   a) Who taught you to ride?
3. What kind of bicycle do you own now?

Repairs

1. What do you repair yourself?
   a) Which tools do you use for repairs?
2. When do you take the bicycle to a shop?

City

1. How safe do you feel in the traffic of your city?
2. What should the city change for cyclists?
"""


def test_update_keeps_the_old_version_and_tags_anew(study: Study, tmp_path: Path) -> None:
    """The document is replaced, the old one kept with what became of its questions, and tags get the new ids."""
    new = tmp_path / "new.md"
    new.write_text(CHANGED)
    before = study.protocol.read_bytes()

    done = update(study, new)

    again = open_study(study.folder)
    assert again.protocol.name == "protocol.md"
    assert not study.protocol.exists()
    kept = sorted(p.name for p in (study.folder / "protocol-versions").iterdir())
    assert [name[:2] for name in kept] == ["01", "01"]
    assert (study.folder / "protocol-versions" / kept[1]).read_bytes() == before
    assert (done.retagged, done.approved, done.unread) == (1, 0, 0)
    tags = marks.load(again.review, next(again.review.iterdir()).name).tags
    assert tags[2].question == "background.2"


def test_reviewers_corrections_follow_their_question(study: Study, tmp_path: Path) -> None:
    """A correction to background.2 means background.3 after the change; one whose question is gone is counted."""
    new = tmp_path / "new.txt"
    new.write_text(CHANGED)
    transcript = next(study.review.iterdir()).name
    events.append(
        study.review,
        transcript,
        "anna",
        [events.Event("tag", ("t6",), question="background.2"), events.Event("tag", ("t9",), question="background.3")],
    )

    done = update(study, new)

    held = marks.load(study.review, transcript)
    tags = combine(held, events.load(study.review, transcript)).tags
    assert (done.carried, done.lost) == (1, 1)
    assert (tags[6].question, tags[9].question) == ("background.3", None)


def test_lost_received_file_leaves_tags_to_people(study: Study, tmp_path: Path) -> None:
    """Without the text nothing is tagged anew: ids are renumbered and every turn waits for review."""
    new = tmp_path / "new.txt"
    new.write_text(CHANGED)
    (study.received / "talk.json").unlink()

    done = update(study, new)

    tags = marks.load(study.review, next(study.review.iterdir()).name).tags
    assert (done.retagged, done.unread) == (0, 1)
    assert tags[2].question == "background.2"
    assert all(tag.review for tag in tags)


def test_bad_new_version_changes_nothing(study: Study, tmp_path: Path) -> None:
    """A document that cannot be read leaves the study as it was."""
    new = tmp_path / "new.txt"
    new.write_text("No questions here\n")
    before = study.protocol.read_bytes()

    with pytest.raises(ProtocolError):
        update(study, new)

    assert study.protocol.read_bytes() == before
    assert not (study.folder / "protocol-versions").exists()


def test_preview_changes_nothing(study: Study, tmp_path: Path) -> None:
    """--dry-run says what would become of the questions."""
    new = tmp_path / "new.txt"
    new.write_text(CHANGED)
    before = study.protocol.read_bytes()

    assert "background.1" in preview(study, new).added
    assert study.protocol.read_bytes() == before


def test_update_command(study: Study, tmp_path: Path) -> None:
    """The command names every change and says that something is gone."""
    new = tmp_path / "new.txt"
    new.write_text(CHANGED)

    result = CliRunner().invoke(
        cli, ["protocol", "update", str(new), "--study", str(study.folder)], standalone_mode=False
    )

    assert result.exception is None
    assert result.return_value == 3
    assert "background.2 -> background.3  (moved)" in result.stdout
    assert "background.1  (new)" in result.stdout
    assert "1 transcripts tagged anew" in result.stderr
