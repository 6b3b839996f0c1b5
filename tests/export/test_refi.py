"""REFI-QDA: valid, read back by others, position for position, and with nothing of a person in it."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from lxml import etree
from pyrefiqda import RefiCodebook, RefiProject

from anonymizer.export import read_back
from anonymizer.export.refi import PROJECT, plain
from anonymizer.export.released import ReleasedTranscript, ReleasedTurn
from anonymizer.export.study import render_csv, render_qdc, render_qdpx

SCHEMAS = Path(__file__).parents[2].parent / "shared" / "reference" / "refi"
SECRET = bytes(range(32))
DATE = "2026-01-31T00:00:00Z"
Q = f"{{{PROJECT}}}"


def _schema(name: str) -> etree.XMLSchema:
    for folder in (SCHEMAS, Path(__file__).parents[3].parent / "shared" / "reference" / "refi"):
        if (folder / name).is_file():
            return etree.XMLSchema(etree.parse(str(folder / name)))
    pytest.skip(f"the published {name} is not beside the checkout (../shared/reference/refi)")


def _group(released: ReleasedTranscript) -> ReleasedTranscript:
    turns = (
        ReleasedTurn(0, "I1", "interviewer", "Outlook", "outlook.1", 0.9, None, None, "What comes next?"),
        ReleasedTurn(1, "P07", "participant", "Outlook", "outlook.1", 0.9, None, None, "More 🙂 bridges."),
        ReleasedTurn(2, "P08", "participant", "", None, 0.2, None, None, "Cafe\u0301 first."),
    )
    return dataclasses.replace(
        released, code="G01-1", turns=turns, participants=("P07", "P08"), attributes=(("P08", "Age band", "40-49"),)
    )


@pytest.fixture
def qdpx(released: ReleasedTranscript) -> bytes:
    """A project of one interview and one group."""
    return render_qdpx([_group(released), released], released.protocol, secret=SECRET, created=DATE)


def _open(data: bytes) -> tuple[bytes, dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        project = archive.read("project.qde")
        return project, {n: archive.read(n).decode() for n in archive.namelist() if n != "project.qde"}


def test_project_is_valid(qdpx: bytes) -> None:
    """The project fits the published schema."""
    schema = _schema("Project.xsd")

    assert schema.validate(etree.fromstring(_open(qdpx)[0])), schema.error_log


def test_codebook_is_valid(released: ReleasedTranscript) -> None:
    """The codebook fits the published schema."""
    schema = _schema("Codebook.xsd")

    assert schema.validate(etree.fromstring(render_qdc(released.protocol, secret=SECRET))), schema.error_log


def test_positions_slice_the_text(qdpx: bytes, released: ReleasedTranscript) -> None:
    """Each selection's positions, ends exclusive, cut the turn out of the source, emoji before it or not."""
    project, files = _open(qdpx)
    cut = []
    for source in fromstring(project).iter(f"{Q}TextSource"):
        text = files["sources/" + source.get("plainTextPath", "").removeprefix("internal://")]
        cut += [
            text[int(s.get("startPosition", "")) : int(s.get("endPosition", ""))]
            for s in source.iter(f"{Q}PlainTextSelection")
        ]

    assert [f"{t.speaker}: {plain(t.text)}" for r in (_group(released), released) for t in r.turns] == cut


def test_text_is_plain_for_every_program(qdpx: bytes) -> None:
    """Line feeds only, no byte order mark, composed, nothing beyond the basic plane."""
    _, files = _open(qdpx)

    for text in files.values():
        assert "\r" not in text
        assert not text.startswith("\ufeff")
        assert max(text) <= "\uffff"
    assert "More [slightly smiling face] bridges." in files[min(files, key=lambda n: len(files[n]))]
    assert "Café first." in "".join(files.values())


def test_pyrefiqda_reads_it(qdpx: bytes, released: ReleasedTranscript, tmp_path: Path) -> None:
    """Another implementation sees the codes, the cases, the sources and what is coded."""
    path = tmp_path / "study.qdpx"
    path.write_bytes(qdpx)
    project = RefiProject.load(path, extract_dir=tmp_path / "out")

    root = project.code_book.codes.code[0]
    assert ["Background", "Outlook"] == [section.name for section in root.code]
    assert ["P07", "P08"] == [case.name for case in project.cases.case]
    sources = {source.name: source for source in project.sources.text_source}
    assert ["G01-1", "P07-1"] == sorted(sources)
    coded = [s for s in sources["P07-1"].plain_text_selection if s.coding]
    ids = {question.guid: question.name.split()[0] for section in root.code for question in section.code}
    assert [t.question for t in released.turns if t.question] == [ids[s.coding[0].code_ref.target_guid] for s in coded]


def test_codes_nest_as_the_protocol(qdpx: bytes) -> None:
    """Root and sections cannot be applied, questions can."""
    codes = [(c.get("name"), c.get("isCodable")) for c in fromstring(_open(qdpx)[0]).iter(f"{Q}Code")]

    assert [
        ("Protocol", "false"),
        ("Background", "false"),
        ("background.1 How did you come to build bridges?", "true"),
        ("background.2 Which <tools> & methods do you use?", "true"),
        ("Outlook", "false"),
        ("outlook.1 What comes next?", "true"),
    ] == codes


def test_cases_are_participants(qdpx: bytes) -> None:
    """Cases have kept attributes as variables, whole interviews as sources, own turns of groups as selections."""
    root = fromstring(_open(qdpx)[0])
    cases = {c.get("name"): c for c in root.iter(f"{Q}Case")}

    assert ["P07", "P08"] == sorted(cases)
    assert ["30-39"] == [v.text for v in cases["P07"].iter(f"{Q}TextValue")]
    assert [1, 0] == [len(list(cases[c].iter(f"{Q}SourceRef"))) for c in ("P07", "P08")]
    assert [1, 1] == [len(list(cases[c].iter(f"{Q}SelectionRef"))) for c in ("P07", "P08")]


def test_every_reference_has_a_target(qdpx: bytes) -> None:
    """No target or user is missing, and no GUID is there twice."""
    root = fromstring(_open(qdpx)[0])
    guids = [e.get("guid") for e in root.iter() if e.get("guid")]
    targets = [e.get(k) for e in root.iter() for k in ("targetGUID", "creatingUser", "creatingUserGUID") if e.get(k)]

    assert len(guids) == len(set(guids))
    assert set(targets) <= set(guids)


def test_guids_need_the_secret(released: ReleasedTranscript, qdpx: bytes) -> None:
    """Another study's secret gives other GUIDs; the same gives the same bytes."""
    again = render_qdpx([released, _group(released)], released.protocol, secret=SECRET, created=DATE)
    other = render_qdpx([released, _group(released)], released.protocol, secret=bytes(32), created=DATE)

    assert qdpx == again
    found = [set(re.findall(rb'guid="([^"]+)"', _open(data)[0])) for data in (qdpx, other)]
    assert set() == found[0] & found[1]


def test_selection_names_hold_no_snippet(qdpx: bytes) -> None:
    """Programs put a piece of text there; here it is the question or the speaker's code."""
    names = {s.get("name") for s in fromstring(_open(qdpx)[0]).iter(f"{Q}PlainTextSelection")}

    assert {"background.1", "background.2", "outlook.1", "I1", "P08"} == names


def test_read_back_sees_every_turn(qdpx: bytes, released: ReleasedTranscript) -> None:
    """The gate's reader gets each turn under its transcript and position, names and variables, and no GUID."""
    texts = read_back.texts(qdpx, "qdpx")

    turns = [(p, t) for p, t in texts if re.fullmatch(r"\S+ turn \d+", p)]
    assert [
        (f"{r.code} turn {i}", plain(t.text)) for r in (_group(released), released) for i, t in enumerate(r.turns)
    ] == turns
    values = {t for _, t in texts}
    assert {"30-39", "40-49", "Age band", "G01-1"} <= values
    assert not [t for _, t in texts if re.search(r"[0-9A-F]{8}-", t)]
    assert {"background.1 How did you come to build bridges?"} <= {
        t for _, t in read_back.texts(render_qdc(released.protocol, secret=SECRET), "qdc")
    }


def test_foreign_members_are_seen(qdpx: bytes) -> None:
    """A file that somebody adds to the project is among the texts, its name too."""
    data = io.BytesIO(qdpx)
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("sources/oakroot.txt", "Wilhelmina")

    assert {"Wilhelmina", "sources/oakroot.txt"} <= {t for _, t in read_back.texts(data.getvalue(), "qdpx")}


def test_drafts_say_so(released: ReleasedTranscript) -> None:
    """An unreviewed source begins with the notice, and positions still fit."""
    draft = dataclasses.replace(released, reviewed=False)
    data = render_qdpx([draft], released.protocol, secret=SECRET, created=DATE)

    assert "not reviewed" in next(iter(_open(data)[1].values()))
    turns = [t for p, t in read_back.texts(data, "qdpx") if re.fullmatch(r"\S+ turn \d+", p)]
    assert [plain(t.text) for t in draft.turns] == turns


def test_study_table_is_in_order(released: ReleasedTranscript) -> None:
    """P2 before P10, whatever the order of files."""
    codes = ["P10-1", "P2-1", "G01-1", "P2-2"]
    table = render_csv([dataclasses.replace(released, code=c, turns=released.turns[:1]) for c in codes]).decode()

    assert ["G01-1", "P2-1", "P2-2", "P10-1"] == [line.split(",")[0] for line in table.splitlines()[1:]]


def test_codebook_is_read_by_pyrefiqda(released: ReleasedTranscript, tmp_path: Path) -> None:
    """Another implementation reads the codebook."""
    path = tmp_path / "protocol.qdc"
    path.write_bytes(render_qdc(released.protocol, secret=SECRET))

    root = RefiCodebook.load(path).codes.code[0]
    assert [2, 1] == [len(section.code) for section in root.code]
    assert "How did you come to build bridges?" == root.code[0].code[0].description
