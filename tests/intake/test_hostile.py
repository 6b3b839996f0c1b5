"""Files that are broken, or made to do harm: each is refused with what and where, in bounded time and memory."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from anonymizer.errors import IntakeError
from anonymizer.intake import source as source_module
from anonymizer.intake.reader import read, read_bytes

SPECIMENS = Path(__file__).parent / "specimens"


def refused(data: bytes, name: str = "received.dat") -> IntakeError:
    """The error with which a file is refused."""
    with pytest.raises(IntakeError) as caught:
        read_bytes(data, name)
    assert caught.value.file == name
    return caught.value


def archive(members: dict[str, bytes], **extra: int) -> bytes:
    """A ZIP of members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, body in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in extra.items():
                setattr(info, key, value)
            zipped.writestr(info, body)
    return out.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(body: str, before: str = "") -> bytes:
    """A Word document around a body."""
    return archive({"word/document.xml": f"{before}<w:document {W}><w:body>{body}</w:body></w:document>".encode()})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\t ", "the file is empty"),
        (b'{"turns": []}', "a transcript without turns"),
        (b"WEBVTT\n", "a transcript without turns"),
        (b'{"turns": [{"speaker": "I", "text": "Hi"}', "not valid JSON"),
        (b'{"turns": [{"speaker": "I"}]}', "a turn without text"),
        (b'{"turns": ["Hi"]}', "a turn is not an object"),
        (b'{"turns": [{"text": 3}]}', "not a string"),
        (b'{"turns": [{"text": "x", "speaker": 3}]}', "neither a string nor null"),
        (b'{"turns": [{"text": "x", "start": "soon"}]}', "start is not a number"),
        (b'{"turns": [{"text": "x", "start": NaN}]}', "NaN"),
        (b'{"turns": [{"text": "x", "end": 1e300}]}', "no time in a recording"),
        (b'{"turns": [{"text": "\\ud800"}]}', "half a surrogate pair"),
        (b'{"turns": [{"text": "x", "start": 1' + b"0" * 5000 + b"}]}", "too long"),
        (b'{"something": "else"}', "JSON of a kind that is not read"),
        (b"<html><body>Hi</body></html>", "XML or HTML of a kind that is not read"),
        (b"Hello\x00there", "null bytes"),
        ("Caf\u00e9 at the quay\n".encode() + b"and na\xefve here\n", "mixed encodings"),
        (b"\xff\xfeH", "begins like UTF-16"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Word or Excel file"),
        (b"PK\x03\x04" + bytes(40), "a damaged archive"),
        (b"%PDF-1.4\n%%EOF", "a PDF that cannot be read"),
        (b"{\\rtf1\\ansi Hello", "cut off"),
        (b"{\\rtf1\\ansi {\\v Hello} there\\par}", "hidden text"),
        (b'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n5\n<exists>\n1\n"IntervalTier"', "damaged"),
        (b"@UTF8\n@Begin\nHello there\n", "a line that is not CHAT"),
        (b"WEBVTT\n\n00:00:01.000 -> 00:00:02.000\nHi\n", "text without a time line"),
        (b"WEBVTT\n\n00:00:01.000 --> soon\nHi\n", "a time line that is not understood"),
        (b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Ada Quill Hi\n", "a voice tag that is not understood"),
        (b"1\n00:00:01,000 --> 00:00:99,000\nHi\n", "a time line that is not understood"),
        (b'{"segments": [{"start": "x", "end": 1, "text": "Hi"}]}', "a time that is not understood"),
        (b'{"monologues": [{"speaker": 0, "elements": [{"value": 3}]}]}', "a text that is not a string"),
        (b'{"monologues": [{"speaker": [], "elements": []}]}', "a speaker that is not understood"),
        (b"speaker,text\nAda,\"Hi\n", "a quote that is not closed"),
        (b"transcript,speaker,text\na,Ada,Hi\nb,Bo,Hi\n", "rows of several transcripts"),
        (b"speaker,text,time\nAda,Hi,soon\n", "a time that is not understood"),
        (b'{"text": "<p><span data-timestamp=\\"x\\"></span>I: Hi</p>", "media": ""}', "not a number"),
    ],
)  # fmt: skip
def test_broken_file(data: bytes, message: str) -> None:
    """Each says what is wrong."""
    assert message in str(refused(data))


def test_errors_name_the_place_and_not_the_words() -> None:
    """Line, turn and the shape of the line; no word, name or number of it."""
    error = refused(b"WEBVTT\n\n1\n00:01.000 --> 00:02.000\nHi\n\nQuill 24:61 --> x7\nHi\n")
    assert 7 == error.line
    assert "Xx 99:99 --> x9" in str(error)

    error = refused(b'{"turns": [{"text": "a"}, {"text": 3}]}')
    assert 1 == error.turn
    for specimen in sorted(SPECIMENS.iterdir()):
        cut = specimen.read_bytes()[: specimen.stat().st_size // 2]
        said = ""
        try:
            read_bytes(cut, "cut.dat")
        except IntakeError as caught:
            said = str(caught)
        assert not [w for w in ("Quill", "Reed", "boat", "Ada", "harbour", "Quagmore") if w in said]


def test_zip_bomb() -> None:
    """A part that unpacks to a thousand times its size is refused unread."""
    assert "a zip bomb" in str(refused(archive({"word/document.xml": bytes(50_000_000)})))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr("word/document.xml", os.urandom(900_000))
        info = zipped.infolist()[0]
        # the same bytes under many names, as overlapping archives have them: small on disk, huge when unpacked
        for i in range(500):
            other = zipfile.ZipInfo(f"word/{i}.xml")
            for field in ("compress_size", "file_size", "CRC", "header_offset"):
                setattr(other, field, getattr(info, field))
            zipped.filelist.append(other)
            zipped.NameToInfo[other.filename] = other
    assert "a zip bomb" in str(refused(out.getvalue()))


def test_archive_with_too_many_members() -> None:
    """Nor is one with more members than any document has."""
    assert "too many members" in str(refused(archive({f"{i}": b"" for i in range(6000)})))


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "..\\..\\x", "C:\\x", "word/../../x"])
def test_path_traversal(name: str) -> None:
    """Nothing is unpacked to disk; a member that would lie outside is a sign of somebody's intent all the same."""
    assert "outside" in str(refused(archive({"word/document.xml": b"<a/>", name: b"x"})))


def test_symbolic_link_in_archive() -> None:
    """A member that is a link is refused."""
    assert "symbolic link" in str(refused(archive({"word/document.xml": b"/etc/passwd"}, external_attr=0o120777 << 16)))


def test_two_members_of_one_name() -> None:
    """One program would show the first, another the last."""
    assert "two members of one name" in str(
        refused(archive({"word/document.xml": b"<a/>", "word/Document.xml": b"<b/>"}))
    )


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE])
def test_entities_are_not_expanded(doctype: str) -> None:
    """Entity bombs and external entities are refused in every XML format."""
    body = "<w:p><w:r><w:t>&a;</w:t></w:r></w:p>"
    odt = archive(
        {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": f"{doctype}<x>&a;</x>".encode()}
    )
    sheet = archive({"xl/workbook.xml": f"{doctype}<x>&a;</x>".encode()})
    for data in (
        word(body, doctype),
        odt,
        sheet,
        f"{doctype}<ANNOTATION_DOCUMENT>&a;</ANNOTATION_DOCUMENT>".encode(),
        f"{doctype}<basic-transcription>&a;</basic-transcription>".encode(),
    ):
        assert "entities" in str(refused(data))


def test_deep_nesting() -> None:
    """JSON, XML, RTF, tables in tables: too deep is refused, no recursion error."""
    for data in (
        b'{"turns": ' + b"[" * 100_000,
        b"<ANNOTATION_DOCUMENT>" + b"<a>" * 100_000,
        b"{\\rtf1" + b"{" * 100_000,
        word("<w:tbl><w:tr><w:tc>" * 300 + "</w:tc></w:tr></w:tbl>" * 300),
    ):
        assert "too deeply" in str(refused(data))


def test_too_large(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """More than 200 MB is refused by its size, before it is read."""
    path = tmp_path / "talk.wav"
    with path.open("wb") as file:
        file.truncate(source_module.MAX_BYTES + 1)
    monkeypatch.setattr(os, "read", None)

    with pytest.raises(IntakeError, match="larger than 200 MB"):
        read(path)


def test_links_and_devices(tmp_path: Path) -> None:
    """A planted link, a folder, a pipe that nobody writes to; a link that the user named may be followed."""
    target = SPECIMENS / "otter.txt"
    link = tmp_path / "otter.txt"
    link.symlink_to(target)
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)

    with pytest.raises(IntakeError, match="is a symbolic link"):
        read(link)
    assert read(target).turns == read(link, follow_links=True).turns
    for path in (pipe, tmp_path, Path("/dev/zero")):
        with pytest.raises(IntakeError):
            read(path)
    with pytest.raises(IntakeError, match="no such file"):
        read(tmp_path / "nothing.txt")


def test_unreadable_file(tmp_path: Path) -> None:
    """A file without permission says so; the superuser may read it all the same."""
    path = tmp_path / "t.txt"
    path.write_text("I: Hello\nR: Hi\n")
    path.chmod(0)
    if os.geteuid() == 0:
        assert 2 == len(read(path).turns)
    else:
        with pytest.raises(IntakeError, match="permission denied"):
            read(path)


def test_invisible_characters_do_not_hide_a_name() -> None:
    """In services' files, zero-width, bidirectional and soft-hyphen characters in a name are taken out."""
    hidden = "Or\u200bla V\u00adane \u202eenav\u202c\u2066\u2069, Or\ufeffla\u00a0Vane"
    for data in (
        f"WEBVTT\n\n00:01.000 --> 00:02.000\n<v A\u200bda>{hidden}</v>\n",
        f"Ada: {hidden}\nBo: Yes.\nAda: So.\n",
        json.dumps({"segments": [{"start": 0, "end": 1, "text": hidden, "speaker": "A\u200bda"}]}),
    ):
        turn = read_bytes(data.encode(), "t").turns[0]
        assert "Orla Vane enav, Orla Vane" == turn.text
        assert "Ada" == turn.speaker


def test_canonical_keeps_every_character() -> None:
    """In canonical JSON nothing is taken out: offsets are offsets into the file's own text."""
    text = "Or\u200bla\u202e Cafe\u0301\r\n\u0000 "
    turn = read_bytes(json.dumps({"turns": [{"text": text}]}).encode(), "t.json").turns[0]

    assert text == turn.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings(encoding: str) -> None:
    """The encodings in which services and Windows write."""
    text = "Interviewer: Où est le café de l'été, à côté de l'église?\nParticipant: Là-bas, derrière la forêt.\n" * 5
    turns = read_bytes(text.encode(encoding), "t.txt").turns

    assert "Où est le café de l'été, à côté de l'église?" == turns[0].text


def test_what_word_hides_is_refused_or_left_out() -> None:
    """Hidden text by run or style, and embedded documents, are refused; tracked deletions stay out."""
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>Orla</w:t></w:r></w:p>"
    assert "hidden text" in str(refused(word(f"<w:p><w:r><w:t>I: Hi</w:t></w:r></w:p>{hidden}")))
    body = '<w:p><w:pPr><w:pStyle w:val="H"/></w:pPr><w:r><w:t>Orla</w:t></w:r></w:p>'
    style = '<w:style w:styleId="H"><w:rPr><w:vanish/></w:rPr></w:style>'
    styled = archive(
        {
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>".encode(),
            "word/styles.xml": f"<w:styles {W}>{style}</w:styles>".encode(),
        }
    )
    assert "hidden text" in str(refused(styled))
    assert "embedded document" in str(refused(word('<w:p/><w:altChunk xmlns:r="r" r:id="x"/>')))
    shown = "<w:p><w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>I: Hi</w:t></w:r></w:p>"
    assert "Hi" == read_bytes(word(shown), "t").turns[0].text


def test_names_split_over_runs_and_lines() -> None:
    """A name over three runs, a line break or two cues comes out in one piece."""
    runs = "".join(f"<w:r><w:t>{part}</w:t></w:r>" for part in ("I: Or", "la V", "ane came"))
    assert "Orla Vane came" == read_bytes(word(f"<w:p>{runs}</w:p>"), "t").turns[0].text
    cues = "WEBVTT\n\n00:01.000 --> 00:02.000\nwe met orla\n\n00:02.000 --> 00:03.000\nvane there\n"
    assert "we met orla vane there" == read_bytes(cues.encode(), "t").turns[0].text
    assert "We met Orla Vane there" == read_bytes(b"Q: We met Orla\nVane there\nA: Yes\n", "t").turns[0].text


@pytest.mark.long
def test_large_files_stay_within_memory_and_time(tmp_path: Path) -> None:
    """50 MB of each big kind: read or refused within a gigabyte and a half, and two minutes."""
    cue = "{0}\n00:00:01.000 --> 00:00:02.000\nAda Quill: We went by boat and it took a while.\n\n"
    big = {
        "a.vtt": ("WEBVTT\n\n" + "".join(cue.format(i) for i in range(600_000))).encode(),
        "b.txt": b"Ada: We went by boat and it took a while.\nBo: Yes.\n" * 1_000_000,
        "c.txt": b"x" * 50_000_000,
        "d.json": json.dumps({"turns": [{"speaker": "I", "text": "We went by boat."}] * 900_000}).encode(),
    }
    for name, data in big.items():
        path = tmp_path / name
        path.write_bytes(data)
        code = (
            "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
            "from pathlib import Path\nfrom anonymizer.errors import IntakeError\n"
            "from anonymizer.intake.reader import read\n"
            "try: read(Path(sys.argv[1]))\nexcept IntakeError: pass\n"
        )
        subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=240, cwd=Path(__file__).parents[2])
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2_500_000
