"""Decisions that travel: signed files, spreadsheets, corrected transcripts, learned words, the terminal."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anonymizer.cli import cli
from anonymizer.cli.common import run_safely
from anonymizer.errors import ReviewError, RulesError
from anonymizer.review import approvals, events, learned, sheet
from anonymizer.review import marks as marks_store
from anonymizer.review.approvals import signer
from anonymizer.review.carry import carry_on_disk, carry_over
from anonymizer.review.desk import Desk
from anonymizer.review.events import Event
from anonymizer.review.overlay import Overlay
from anonymizer.review.picture import attributes, people, picture, small_combinations
from anonymizer.review.session import Session
from anonymizer.review.terminal import Queue
from anonymizer.review.transfer import export_decisions, import_decisions
from anonymizer.review.web.acts import build
from anonymizer.study import Study, open_study


def do(session: Session, desk: Desk, **act: Any) -> None:
    """One act as the page sends it."""
    desk.post(build(session, desk, act, secrets.token_hex(16)), desk.rev)


def first(desk: Desk, form: str) -> str:
    """The first mention with these words."""
    return next(m.id for m in desk.view.ordered() if desk.form(m.id) == form)


@pytest.fixture
def other(study: Study, talks: tuple[str, str], tmp_path: Path) -> Study:
    """The same study on another computer, before any decision."""
    shutil.copytree(study.folder, tmp_path / "other")
    return open_study(tmp_path / "other")


# -- signed files ----------------------------------------------------------------------------------------------------


def test_decisions_arrive_on_another_computer(session: Session, other: Study, tmp_path: Path) -> None:
    """The same view there; a second import adds nothing; later acts add to it."""
    desk = session.desk(session.ids[0])
    do(session, desk, op="decide", targets=[first(desk, "Tomasz")], action="remove")
    by = signer("A", tmp_path / "config")
    data = export_decisions(session.study, by)

    result = import_decisions(other, data)
    assert (result.reviewer, result.new_key, result.fingerprint) == ("A", True, by.fingerprint)
    there = Session(other, "A").desk(desk.transcript)
    assert there.view.marks() == desk.view.marks()
    assert import_decisions(other, data).added == {}
    do(session, desk, op="decide", targets=[first(desk, "Aarhus")], action="keep")
    assert sum(import_decisions(other, export_decisions(session.study, by)).added.values()) == 1
    assert b"Tomasz" not in data


def test_a_changed_file_is_refused_as_a_whole(session: Session, other: Study, tmp_path: Path) -> None:
    """Every byte is under the signature; nothing is written."""
    desk = session.desk(session.ids[0])
    do(session, desk, op="decide", targets=[first(desk, "Tomasz")], action="remove")
    document = json.loads(export_decisions(session.study, signer("A", tmp_path / "config")))
    changes: list[Any] = [
        {**document, "reviewer": "B"},
        {**document, "study": "0" * 16},
        {**document, "public": "00" * 32},
        {**document, "transcripts": []},
        {key: value for key, value in document.items() if key != "signature"},
        [],
        3,
    ]
    for changed in changes:
        with pytest.raises(ReviewError):
            import_decisions(other, json.dumps(changed).encode())
    with pytest.raises(ReviewError):
        import_decisions(other, b"\xff{")

    assert events.load(other.review, desk.transcript) == ()
    assert not (other.review / "reviewers.json").exists()


def test_a_stranger_with_a_known_name_is_refused(session: Session, other: Study, tmp_path: Path) -> None:
    """The first key seen under a name stays."""
    desk = session.desk(session.ids[0])
    do(session, desk, op="decide", targets=[first(desk, "Tomasz")], action="remove")
    import_decisions(other, export_decisions(session.study, signer("A", tmp_path / "config")))
    (session.study.review / "reviewers.json").unlink()

    with pytest.raises(ReviewError, match="another key"):
        import_decisions(other, export_decisions(session.study, signer("A", tmp_path / "stranger")))


def test_a_signed_file_cannot_name_a_path(session: Session, other: Study, tmp_path: Path) -> None:
    """A transcript id from a file becomes a folder's name."""
    by = signer("A", tmp_path / "config")
    desk = session.desk(session.ids[0])
    do(session, desk, op="decide", targets=[first(desk, "Tomasz")], action="remove")
    document = json.loads(export_decisions(session.study, by))
    document["transcripts"][0]["transcript"] = "../../outside"
    from anonymizer.review.transfer import _message

    document["signature"] = by.sign(_message(document)).hex()
    with pytest.raises(ReviewError, match="id"):
        import_decisions(other, json.dumps(document).encode())


def test_one_reviewer_on_two_computers_is_a_clash(session: Session, other: Study, tmp_path: Path) -> None:
    """Listed and not taken until somebody says whose acts count; the others are set aside."""
    desk, there = session.desk(session.ids[0]), Session(other, "A")
    do(session, desk, op="decide", targets=[first(desk, "Tomasz")], action="remove")
    do(there, there.desk(desk.transcript), op="decide", targets=[first(desk, "Tomasz")], action="keep")
    data = export_decisions(session.study, signer("A", tmp_path / "config"))

    assert [(c.transcript, c.there) for c in import_decisions(other, data).clashes] == [(desk.transcript, 1)]
    import_decisions(other, data, "mine")
    assert Session(other, "A").desk(desk.transcript).view.mentions[first(desk, "Tomasz")].decision.action == "keep"
    import_decisions(other, data, "theirs")
    assert Session(other, "A").desk(desk.transcript).view.marks() == desk.view.marks()
    assert (other.review / desk.transcript / "A.replaced").is_file()


def test_two_reviewers_disputes_are_counted(session: Session, other: Study, tmp_path: Path) -> None:
    """The import says where they differ."""
    desk, there = session.desk(session.ids[0]), Session(other, "B")
    do(session, desk, op="decide", targets=[first(desk, "Tomasz")], action="remove")
    do(there, there.desk(desk.transcript), op="decide", targets=[first(desk, "Tomasz")], action="keep")

    result = import_decisions(other, export_decisions(session.study, signer("A", tmp_path / "config")))

    assert result.disputes == {desk.transcript: 1}


def test_another_text_or_an_unknown_transcript_is_not_taken(session: Session, other: Study, tmp_path: Path) -> None:
    """Decisions are never laid over another text."""
    one, two = (session.desk(id) for id in session.ids)
    for desk in (one, two):
        do(session, desk, op="decide", targets=[first(desk, "Tomasz")], action="remove")
    marks_store.save(other.review, replace(one.machine, text_digest="11" * 32))
    shutil.rmtree(other.review / two.transcript)

    result = import_decisions(other, export_decisions(session.study, signer("A", tmp_path / "config")))

    assert (result.other_text, result.missing, result.added) == ([one.transcript], [two.transcript], {})


def test_export_and_import_on_the_command_line(
    session: Session, other: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 3 when reviewers disagree now; nobody's decisions is an error."""
    file = tmp_path / "a.json"
    assert run_safely(cli, ["review", "export", str(file), "--as", "A", "--study", str(session.study.folder)]) == 1
    desk, there = session.desk(session.ids[0]), Session(other, "B")
    do(session, desk, op="decide", targets=[first(desk, "Tomasz")], action="remove")
    do(there, there.desk(desk.transcript), op="decide", targets=[first(desk, "Tomasz")], action="keep")

    assert run_safely(cli, ["review", "export", str(file), "--as", "A", "--study", str(session.study.folder)]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert run_safely(cli, ["review", "import", str(file), "--study", str(other.folder)]) == 3
    assert "1 places in dispute" in capsys.readouterr().err


# -- spreadsheets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_sheet_goes_out_masked_and_comes_back(session: Session, suffix: str) -> None:
    """No word in it; filled-in rows become decisions for exactly these mentions."""
    data = sheet.write(sheet.rows(session), suffix)
    table = sheet.read(data, suffix)
    assert not any(name in " ".join(cell for row in table for cell in row) for name in ("Tomasz", "Quarrystone"))
    desk = session.desk(session.ids[0])
    here = first(desk, "Tomasz")
    for row in table:
        if row[:2] == [desk.transcript, here]:
            row[9], row[10] = "Keep", "only here"

    taken = sheet.take(session, sheet.read(sheet.write(table, suffix), suffix), "a" * 32)

    assert (taken.decided, taken.problems) == ({desk.transcript: 1}, [])
    assert desk.view.mentions[here].decision.action == "keep"
    assert desk.view.mentions[here].how == "own"


def test_a_sheet_with_context_shows_the_words(session: Session) -> None:
    """On demand only."""
    table = sheet.rows(session, context=True)

    assert any("[Tomasz]" in row[6] for row in table)


def test_no_cell_is_a_formula() -> None:
    """A transcript that begins with = must not run in a spreadsheet program."""
    assert [sheet._safe(cell) for cell in ("=1+1", "+a", "-a", "@a", "a")] == ["'=1+1", "'+a", "'-a", "'@a", "a"]


def test_wrong_rows_are_named_and_the_others_taken(session: Session) -> None:
    """Line numbers as the spreadsheet shows them."""
    table = sheet.rows(session)
    table[1][9], table[2][9], table[3][9] = "burn it", "keep", "keep"
    table[2][1] = "99:0-1"

    taken = sheet.take(session, table, "a" * 32)

    assert taken.problems == [(2, "not a decision"), (3, "no such finding any more")]
    assert sum(taken.decided.values()) == 1


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"PK\x03\x04"])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_other_files_are_refused(data: bytes, suffix: str) -> None:
    """With a reason."""
    with pytest.raises(ReviewError):
        sheet.read(data, suffix)


def test_context_needs_the_key(session: Session, tmp_path: Path) -> None:
    """It counts as an export of originals; without a key store there is nowhere to count it."""
    file = tmp_path / "a.csv"
    args = ["review", "export", str(file), "--as", "A", "--study", str(session.study.folder)]

    assert run_safely(cli, [*args, "--with-context"]) == 10
    assert not file.exists()
    assert run_safely(cli, args) == 0


# -- a corrected version ---------------------------------------------------------------------------------------------


def test_decisions_about_unchanged_turns_go_on(session: Session) -> None:
    """One changed character: exactly the decisions of that turn are asked anew, the approval is gone."""
    desk = session.desk(session.ids[0])
    for m in list(desk.view.undecided()):
        do(session, desk, op="decide", targets=[m.id], action="remove", scope="only")
    do(session, desk, op="answer", targets=[desk.questions()[0].key], text="other")
    do(session, desk, op="read", targets=["t0-7"])
    do(session, desk, op="tag", targets=["t1"], question="background.1")
    session.approve(desk.transcript)
    old = desk.content.turns
    corrected = tuple(replace(t, text=t.text + "!") if t.index == 1 else t for t in old)
    new = (replace(old[0], text="A greeting."), *(replace(t, index=t.index + 1) for t in corrected))
    machine = replace(
        desk.machine,
        transcript="tffffffffffff",
        turns=9,
        text_digest="22" * 32,
        decisions=tuple(replace(d, turn=d.turn + 1) for d in desk.machine.decisions),
        tags=(desk.machine.tags[0], *(replace(t, index=t.index + 1) for t in desk.machine.tags)),
    )
    marks_store.save(session.study.review, machine)

    carried = carry_on_disk(session.study, desk.transcript, machine.transcript, old, new)
    view = Overlay(machine).replay(events.load(session.study.review, machine.transcript))

    undecided = {m.decision.turn for m in view.mentions.values() if m.undecided}
    assert undecided == {2}
    assert view.unread() == [0, 2]
    assert (view.tags[2].question, len(view.open_questions())) == (machine.tags[2].question, 1)
    assert carried.lost == 2
    assert approvals.approvals(session.study, machine.transcript) == ()
    with pytest.raises(ReviewError, match="already"):
        carry_on_disk(session.study, desk.transcript, machine.transcript, old, new)


def test_the_same_text_carries_everything(session: Session) -> None:
    """Another file format of the same interview: the views are equal."""
    desk = session.desk(session.ids[0])
    do(session, desk, op="decide", targets=[first(desk, "Quarrystone")], action="remove")
    do(session, desk, op="merge", targets=[first(desk, "Lovisa")], entity=first(desk, "Mark"))
    do(session, desk, op="name", targets=[first(desk, "Lovisa")], text="colleague")
    do(session, desk, op="add", targets=["7:50-59"], entity_type="LOCATION")
    do(session, desk, op="extent", targets=[first(desk, "Aarhus"), "0:56-66"])
    do(session, desk, op="split", targets=[first(desk, "Quarrystone")])

    carried = carry_over(desk.machine, desk.log.events, desk.content.turns, desk.content.turns)

    assert Overlay(desk.machine).replay(carried.events).marks() == desk.view.marks()
    assert carried.lost == 0


# -- learned words ---------------------------------------------------------------------------------------------------


def test_kept_words_are_learned_and_names_are_not(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    """Not a person's name, nothing that is hidden elsewhere, no exception; the file holds no hidden word."""
    one, two = (session.desk(id) for id in session.ids)
    for desk in (one, two):
        do(session, desk, op="decide", targets=[first(desk, "PyTorch")], action="keep")
        do(session, desk, op="decide", targets=[first(desk, "Lovisa")], action="keep")
    do(session, one, op="decide", targets=[first(one, "Aarhus")], action="keep")

    found = {lesson.word: lesson.against for lesson in learned.lessons(session)}
    assert found == {
        "PyTorch": "",
        "Aarhus": "hidden elsewhere",
        "Lovisa": "names and contacts are never learned",
    }
    assert learned.learn(session.study, [w for w, against in found.items() if not against]) == ["PyTorch"]
    text = (session.study.rules / learned.FILE).read_text()
    assert "PyTorch" in text
    assert "Aarhus" not in text
    args = ["rules", "learned", "--study", str(session.study.folder)]
    assert run_safely(cli, args) == 0
    assert capsys.readouterr().out == "PyTorch\n"
    assert run_safely(cli, [*args, "--remove", "pytorch"]) == 0
    assert learned.learned(session.study) == []


@pytest.mark.parametrize("word", ["", "a", "!x", "one # two", "x" * 200])
def test_unusable_words_are_refused(study: Study, word: str) -> None:
    """They would break or empty the list."""
    with pytest.raises(RulesError):
        learned.learn(study, [word])


def test_detection_reads_what_was_learned(study: Study) -> None:
    """The file lies where the next run looks."""
    from anonymizer.detection.rules import Lexicon, list_files, read_list

    learned.learn(study, ["Zorbelizer"])

    assert "zorbelizer" in Lexicon(read_list(list_files("keep", study.rules)).values())


# -- the wider picture -----------------------------------------------------------------------------------------------


def test_smallest_small_combinations() -> None:
    """By hand: b is rare alone; a and c are common, together rare; a pair with b says nothing new."""
    holders = {
        "P01": [("role", "a"), ("place", "c")],
        "P02": [("role", "a"), ("age", "b")],
        "P03": [("role", "a"), ("place", "d")],
        "P04": [("place", "c"), ("place", "d")],
        "P05": [("place", "c"), ("place", "d")],
    }
    found = {tuple(value for _, value in s.parts): s.who for s in small_combinations(holders, 3)}

    assert found == {
        ("b",): ("P02",),
        ("c", "a"): ("P01",),
        ("d", "a"): ("P03",),
        ("c", "d"): ("P04", "P05"),
    }


def test_the_picture_of_a_participant(session: Session) -> None:
    """What stays, what is generalized, what stands that is unusual."""
    name = next(iter(people(session)))
    shown = picture(session, name)

    values = {(t.word, t.value) for t in shown.traits}
    assert ("date", "[2019]") in values or ("date", "2019") in values
    assert "the only woman on the team" in " ".join(p.words for p in shown.passages)
    assert "PyTorch" not in {t.value for t in shown.traits}
    assert all(word != "person" for pairs in attributes(session).values() for word, _ in pairs)


# -- the terminal ----------------------------------------------------------------------------------------------------


class Typed:
    """Key presses of a test; ends with q."""

    def __init__(self, keys: str, lines: tuple[str, ...] = ()) -> None:
        self._keys: Iterator[str] = iter(keys)
        self._lines = iter(lines)

    def key(self) -> str:
        """The next one."""
        return next(self._keys, "q")

    def line(self, prompt: str) -> str:
        """The next one."""
        return next(self._lines, "")


def test_the_whole_queue_with_key_presses(session: Session) -> None:
    """Everything of the first transcript decided, with exceptions, types, a name, undo and a question."""
    shown: list[str] = []
    desk = session.desk(session.ids[0])

    class Rest(Typed):
        """After the first presses: a while something is undecided, then n."""

        def key(self) -> str:
            return next(self._keys, "a" if desk.view.undecided() else "n")

    typed = Rest("axztlraod?vc", ("the town", "a note"))
    counts = Queue(session, typed, shown.append).run((desk.transcript,))

    assert desk.view.undecided() == []
    assert desk.view.open_questions() == []
    assert counts.decided >= 5
    assert any("Tomasz" in line for line in shown)
    assert "[the town]" in desk.view.names.values()


def test_a_refused_key_press_does_not_end_it(session: Session) -> None:
    """A name that holds an original is refused with the reason, and the queue goes on."""
    shown: list[str] = []
    Queue(session, Typed("ra", ("Lovisa",)), shown.append).run()

    assert any("to be hidden" in line for line in shown)


def test_escape_sequences_do_not_reach_the_terminal(study: Study, receive: Any, talks: Any) -> None:
    """A transcript could otherwise move the cursor, set the title or answer for the user."""
    from anonymizer.review.terminal import _plain

    assert _plain("a\x1b[2Jb\x07\x9b31m\u202ec") == "a [2Jb  31m c"
    assert Event("submit").at.endswith("Z")
