"""Random talks, and independent writers of each received format, as the services write them."""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import docx
import openpyxl
import pytest
from hypothesis import strategies as st


@dataclass(frozen=True)
class Said:
    """What one of the speakers says."""

    speaker: str
    text: str
    start: float
    end: float


Talk = list[Said]
Writer = Callable[[Talk], bytes]

WORD = st.text("abcdefghiklmnopqrstuvwxyzäöüéñß", min_size=1, max_size=9)
ODD = st.sampled_from(
    [
        "[inaudible]",
        "(..)",
        "//no//",
        "O'Reed's",
        "3:45",
        "a:b",
        "x&y",
        "<3",
        "10%",
        "€5",
        "—",
        '"so"',
        "and:",
        "C++",
        "#4",
    ]
)
SPEAKERS = st.sampled_from(
    [("Ada Quill", "Bo Reed"), ("Interviewer", "Participant"), ("SPEAKER_00", "SPEAKER_01"), ("I", "R"),
     ("Speaker 1", "Dr. Vale")]
)  # fmt: skip


@st.composite
def talks(draw: st.DrawFn) -> Talk:
    """Turns of two speakers in alternation, with whole seconds that grow."""
    pair = draw(SPEAKERS)
    texts = draw(
        st.lists(st.tuples(WORD, st.lists(WORD | ODD, max_size=8), st.sampled_from(".?!,")), min_size=2, max_size=7)
    )
    talk: Talk = []
    for i, (first, rest, end) in enumerate(texts):
        talk.append(Said(pair[i % 2], f"{' '.join([first, *rest])}{end}", float(5 * i), float(5 * i + 4)))
    return talk


def clock(seconds: float, comma: bool = False) -> str:
    """``HH:MM:SS.mmm``."""
    whole = int(seconds)
    fraction = round((seconds - whole) * 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{',' if comma else '.'}{fraction:03d}"


def short(seconds: float) -> str:
    """``M:SS``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def vtt_voice(talk: Talk) -> bytes:
    """Teams."""
    cues = [
        f"id-{i}/1-0\n{clock(s.start)} --> {clock(s.end)}\n<v {html.escape(s.speaker)}>{html.escape(s.text)}</v>\n"
        for i, s in enumerate(talk)
    ]
    return ("WEBVTT\n\n" + "\n".join(cues)).encode()


def vtt_zoom(talk: Talk) -> bytes:
    """Zoom."""
    cues = [
        f"{i}\n{clock(s.start)} --> {clock(s.end)}\n{s.speaker}: {html.escape(s.text)}\n" for i, s in enumerate(talk, 1)
    ]
    return ("\ufeffWEBVTT\n\n" + "\n".join(cues)).replace("\n", "\r\n").encode()


def srt(talk: Talk) -> bytes:
    """WhisperX."""
    return "\n".join(
        f"{i}\n{clock(s.start, True)} --> {clock(s.end, True)}\n[{s.speaker}]: {s.text}\n"
        for i, s in enumerate(talk, 1)
    ).encode()


def otter(talk: Talk) -> bytes:
    """Otter."""
    return "".join(f"{s.speaker}  {short(s.start)}  \n{s.text}\n\n" for s in talk).encode()


def rev(talk: Talk) -> bytes:
    """Rev."""
    return "".join(f"{s.speaker} ({clock(s.start)[3:8]}):\n{s.text}\n\n" for s in talk).encode("utf-16")


def stamped(talk: Talk) -> bytes:
    """GoTranscript."""
    return "".join(f"[{clock(s.start)[:8]}] {s.speaker}: {s.text}\n\n" for s in talk).encode()


def tabs(talk: Talk) -> bytes:
    """Zoom's text file."""
    return "".join(f"{clock(s.start)[:8]}\t{s.speaker}\t{s.text}\n" for s in talk).encode()


def labelled(talk: Talk) -> bytes:
    """An agency's text file."""
    return "".join(f"{s.speaker}:\t{s.text}\n" for s in talk).encode()


def docx_bold(talk: Talk) -> bytes:
    """An agency's Word document."""
    document = docx.Document()
    for said in talk:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{said.speaker}:").bold = True
        for i in range(0, len(said.text), 5):
            paragraph.add_run((" " if not i else "") + said.text[i : i + 5])
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def docx_table(talk: Talk) -> bytes:
    """An agency's Word document with a table."""
    document = docx.Document()
    table = document.add_table(0, 2)
    for said in [Said("Speaker", "Text", 0, 0), *talk]:
        for cell, text in zip(table.add_row().cells, (said.speaker, said.text), strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx(talk: Talk) -> bytes:
    """A spreadsheet."""
    book = openpyxl.Workbook()
    book.active.append(["start", "end", "speaker", "text"])
    for said in talk:
        book.active.append([said.start, said.end, said.speaker, said.text])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv(talk: Talk) -> bytes:
    """Semicolons."""
    quoted = ['"' + s.text.replace('"', '""') + '"' for s in talk]
    rows = [f"{clock(s.start)};{clock(s.end)};{s.speaker};{text}" for s, text in zip(talk, quoted, strict=True)]
    return "\r\n".join(["start;end;speaker;text", *rows]).encode()


def odt(talk: Talk) -> bytes:
    """OpenDocument."""
    ns = "urn:oasis:names:tc:opendocument:xmlns"
    body = "".join(f"<text:p>{html.escape(s.speaker)}: {html.escape(s.text)}</text:p>" for s in talk)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml",
            f'<o:document-content xmlns:o="{ns}:office:1.0" xmlns:text="{ns}:text:1.0"><o:body><o:text>{body}</o:text>'
            "</o:body></o:document-content>",
        )
    return out.getvalue()


def rtf(talk: Talk) -> bytes:
    """Rich Text."""

    def escaped(text: str) -> str:
        return "".join(c if c.isascii() else f"\\u{ord(c)}?" for c in text.replace("\\", "\\\\"))

    body = "".join(f"\\pard{{\\b {escaped(s.speaker)}:}} {escaped(s.text)}\\par\n" for s in talk)
    return f"{{\\rtf1\\ansi\\ansicpg1252{{\\fonttbl{{\\f0 Arial;}}}}\n{body}}}".encode()


def whisperx(talk: Talk) -> bytes:
    """WhisperX."""
    segments = [
        {"start": s.start, "end": s.end, "text": f" {s.text}", "speaker": s.speaker, "words": [{"word": "x"}]}
        for s in talk
    ]
    return json.dumps({"segments": segments, "word_segments": []}).encode()


def aws(talk: Talk) -> bytes:
    """AWS Transcribe."""
    items = [
        {
            "type": "pronunciation",
            "start_time": str(s.start),
            "end_time": str(s.end),
            "speaker_label": s.speaker,
            "alternatives": [{"content": word}],
        }
        for s in talk
        for word in s.text.split()
    ]
    return json.dumps({"results": {"transcripts": [{"transcript": ""}], "items": items}}).encode()


def google(talk: Talk) -> bytes:
    """Google, with the last result repeating all."""
    words = [{"word": w, "startTime": f"{s.start}s", "endTime": f"{s.end}s"} for s in talk for w in s.text.split()]
    tags = {s.speaker: i + 1 for i, s in enumerate(talk[:2])}
    tagged = [
        {"word": w, "startTime": f"{s.start}s", "endTime": f"{s.end}s", "speakerTag": tags[s.speaker]}
        for s in talk
        for w in s.text.split()
    ]
    half = len(words) // 2
    results = [
        {"alternatives": [{"transcript": "x", "words": part}]} for part in (words[:half], words[half:], tagged) if part
    ]
    return json.dumps({"results": results}).encode()


def deepgram(talk: Talk) -> bytes:
    """Deepgram."""
    utterances = [{"start": s.start, "end": s.end, "transcript": s.text, "speaker": s.speaker} for s in talk]
    return json.dumps({"results": {"channels": [{"alternatives": []}], "utterances": utterances}}).encode()


def assemblyai(talk: Talk) -> bytes:
    """AssemblyAI."""
    utterances = [
        {"start": int(s.start * 1000), "end": int(s.end * 1000), "text": s.text, "speaker": s.speaker} for s in talk
    ]
    return json.dumps({"audio_duration": 9, "utterances": utterances, "words": []}).encode()


def revai(talk: Talk) -> bytes:
    """Rev.ai."""
    names = [{"id": i, "name": s.speaker} for i, s in enumerate(talk[:2])]
    ids = {s.speaker: i for i, s in enumerate(talk[:2])}
    monologues = [
        {
            "speaker": ids[s.speaker],
            "elements": [
                e
                for w in s.text.split()
                for e in (
                    {"type": "text", "value": w, "ts": s.start, "end_ts": s.end},
                    {"type": "punct", "value": " "},
                )
            ],
        }
        for s in talk
    ]
    return json.dumps({"speakers": names, "monologues": monologues}).encode()


def otranscribe(talk: Talk) -> bytes:
    """oTranscribe."""
    text = "".join(
        f'<p><span class="timestamp" data-timestamp="{s.start}">0:00</span>&nbsp;{s.speaker}: {html.escape(s.text)}</p>'
        for s in talk
    )
    return json.dumps({"text": text, "media": "a.mp3"}).encode()


def noscribe(talk: Talk) -> bytes:
    """noScribe."""
    body = "".join(
        f'<p><a name="ts_{int(s.start * 1000)}_{int(s.end * 1000)}_S0">{s.speaker}: {html.escape(s.text)}</a></p>'
        for s in talk
    )
    return f"<html><body><p>head</p>{body}</body></html>".encode()


def elan(talk: Talk) -> bytes:
    """ELAN."""
    slots = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="ts{2 * i + j}" TIME_VALUE="{int(t * 1000)}"/>'
        for i, s in enumerate(talk)
        for j, t in enumerate((s.start, s.end))
    )
    tiers = "".join(
        f'<TIER TIER_ID="{speaker}">'
        + "".join(
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{i}" '
            f'TIME_SLOT_REF1="ts{2 * i}" TIME_SLOT_REF2="ts{2 * i + 1}">'
            f"<ANNOTATION_VALUE>{html.escape(s.text)}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
            for i, s in enumerate(talk)
            if s.speaker == speaker
        )
        + "</TIER>"
        for speaker in dict.fromkeys(s.speaker for s in reversed(talk))
    )
    return f"<ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER>{tiers}</ANNOTATION_DOCUMENT>".encode()


def textgrid(talk: Talk) -> bytes:
    """Praat, the short form, in UTF-16 as Praat writes what is not ASCII."""
    speakers = list(dict.fromkeys(s.speaker for s in talk))
    out = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", "100", "<exists>", str(len(speakers))]
    for speaker in speakers:
        own = [s for s in talk if s.speaker == speaker]
        out += ['"IntervalTier"', f'"{speaker}"', "0", "100", str(len(own))]
        for s in own:
            quoted = s.text.replace('"', '""')
            out += [str(s.start), str(s.end), f'"{quoted}"']
    return "\n".join(out).encode("utf-16")


def exmaralda(talk: Talk) -> bytes:
    """EXMARaLDA."""
    ids = {s.speaker: f"SPK{i}" for i, s in enumerate(talk[:2])}
    speakers = "".join(f'<speaker id="{i}"><abbreviation>{s}</abbreviation></speaker>' for s, i in ids.items())
    line = "".join(
        f'<tli id="T{2 * i + j}" time="{t}"/>' for i, s in enumerate(talk) for j, t in enumerate((s.start, s.end))
    )
    tiers = "".join(
        f'<tier id="{ident}" speaker="{ident}" category="v" type="t">'
        + "".join(
            f'<event start="T{2 * i}" end="T{2 * i + 1}">{html.escape(s.text)}</event>'
            for i, s in enumerate(talk)
            if s.speaker == speaker
        )
        + "</tier>"
        for speaker, ident in ids.items()
    )
    return (
        f"<basic-transcription><head><speakertable>{speakers}</speakertable></head><basic-body>"
        f"<common-timeline>{line}</common-timeline>{tiers}</basic-body></basic-transcription>"
    ).encode()


def chat(talk: Talk) -> bytes:
    """CHAT."""
    lines = [
        f"*{s.speaker.replace(' ', '_')}:\t{s.text} \x15{int(s.start * 1000)}_{int(s.end * 1000)}\x15" for s in talk
    ]
    return ("@UTF8\n@Begin\n" + "\n".join(lines) + "\n@End\n").encode()


WRITERS: dict[str, Writer] = {
    f.__name__: f
    for f in (
        vtt_voice, vtt_zoom, srt, otter, rev, stamped, tabs, labelled, docx_bold, docx_table, xlsx, csv, odt, rtf,
        whisperx, aws, google, deepgram, assemblyai, revai, otranscribe, noscribe, elan, textgrid, exmaralda, chat,
    )
}  # fmt: skip


@pytest.fixture(params=list(WRITERS))
def writer(request: pytest.FixtureRequest) -> Writer:
    """Each of the writers."""
    return WRITERS[request.param]


@pytest.fixture
def writers() -> dict[str, Writer]:
    """All writers by name."""
    return WRITERS


@pytest.fixture
def talk_strategy() -> st.SearchStrategy[Talk]:
    """Random talks."""
    return talks()
