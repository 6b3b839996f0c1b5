"""The report: self-contained, value-free, small, and honest about what was not measured."""

from __future__ import annotations

import dataclasses
import html.parser
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from anonymizer.audit.document import build
from anonymizer.audit.facts import OutputFacts, ReportFacts
from anonymizer.audit.log import LogReport
from anonymizer.audit.page import canonical, page
from anonymizer.recordings import machine
from anonymizer.recordings.media import RecordingFinding

Make = Callable[..., ReportFacts]
VOID = {"meta", "br", "hr", "img", "input", "link"}


class Checker(html.parser.HTMLParser):
    """Collects tags, attributes and mistakes of nesting."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.open: list[str] = []
        self.mistakes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(tag)


def _check(data: bytes) -> Checker:
    checker = Checker()
    checker.feed(data.decode())
    return checker


def test_nothing_runs_and_nothing_is_loaded(make_facts: Make) -> None:
    """No script, no handler, no address of anything outside; a policy that would stop it besides; tags nest."""
    data = page(build(make_facts()))
    checker = _check(data)
    assert checker.mistakes == []
    assert checker.open == []
    assert not checker.tags & {"script", "link", "iframe", "object", "img", "form", "base", "use", "image"}
    assert not [name for name, _ in checker.attributes if name.startswith("on") or name in ("src", "srcset")]
    assert all(value.startswith("#") for name, value in checker.attributes if name in ("href", "xlink:href"))
    assert not re.search(rb"url\((?!#)|@import|https?:", data)
    assert any("default-src 'none'" in value for name, value in checker.attributes if name == "content")


def test_ids_are_unique_and_links_lead_somewhere(make_facts: Make) -> None:
    """Every jump of the contents has its place."""
    data = page(build(make_facts())).decode()
    ids = re.findall(r'<[^>]* id="?([\w-]+)"?', data)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([\w-]+)"', data)) <= set(ids)
    assert set(re.findall(r"url\(#([\w-]+)\)", data)) <= set(ids)


def test_size_stays_small(make_facts: Make) -> None:
    """At most 500 kB for 100 transcripts of 200 turns."""
    document = build(make_facts(100, turns=200))
    assert len(page(document)) < 500_000
    assert len(canonical(document)) < 500_000


def test_free_text_is_escaped(make_facts: Make) -> None:
    """A title is typed by somebody; it must not become markup."""
    data = page(build(make_facts(title='<script>alert("x")</script>')))
    assert b"<script>" not in data
    assert "script" not in _check(data).tags


def test_no_path_reason_or_digest_of_recordings(make_facts: Make) -> None:
    """File names and reasons of holds hold names: neither the page nor its twin shows one."""
    facts = make_facts()
    assert facts.recordings is not None
    record = dataclasses.replace(facts.recordings[0], path="/rec/Zanele Canary.wav")
    held = machine.hold(record, reason="asked by Zanele Canary", by="alice", time=facts.time)
    facts = dataclasses.replace(
        facts,
        recordings=(held, *facts.recordings[1:]),
        recording_findings=(RecordingFinding("recording-unregistered", path="/rec/Zanele Canary 2.wav"),),
    )
    document = build(facts)
    for data in (page(document), canonical(document)):
        assert b"Canary" not in data
        assert held.digest.encode() not in data
    assert b"on hold" in page(document)


def test_page_is_made_from_the_twin_alone(make_facts: Make) -> None:
    """Read back from JSON, the document gives the same page: it can be written again when the key is gone."""
    document = build(make_facts())
    assert page(document) == page(json.loads(canonical(document)))


def test_what_was_not_measured_is_said(make_facts: Make) -> None:
    """No figure is made up: sample, agreement, plants and second look each say so."""
    facts = dataclasses.replace(make_facts(measured=False), outputs=None, key=None, recordings=None, log=None)
    text = page(build(facts)).decode().lower()
    assert text.count("not measured") >= 6
    for words in ("the key was not opened", "the log was not verified", "not searched"):
        assert words in text


@pytest.mark.parametrize("destroyed", ["", "2026-08-30T10:00:00Z"])
def test_never_says_more_than_is_so(make_facts: Make, destroyed: str) -> None:
    """Not anonymous, not beyond recovery; after the key's destruction it says whether originals are present."""
    facts = make_facts()
    assert facts.key is not None
    facts = dataclasses.replace(facts, key=dataclasses.replace(facts.key, destroyed=destroyed))
    text = page(build(facts)).decode().lower()
    assert not re.search(r"\banonymous\b", text)
    assert "cannot be recovered" not in text
    assert ("key destroyed, originals present" in text) == bool(destroyed)


def test_broken_promises_come_first(make_facts: Make) -> None:
    """An original in an output, a broken log and an overdue key stand above everything else."""
    facts = dataclasses.replace(
        make_facts(),
        outputs=OutputFacts(10, (("P01-1.txt", "turn 3"),), foreign=("x",), changed=("P02-1.json",), log_hits=1),
        log=LogReport(10, ((4, "has a signature that does not fit"),)),
    )
    document = build(facts)
    levels = [p["level"] for p in document["open_points"]]
    assert levels == sorted(levels, key=["stop", "attend", "note"].index)
    assert [p["text"] for p in document["open_points"]][:5] == [
        "a known original is in an output",
        "a known original is in the log",
        "a released file was changed since",
        "a file in anonymized/ was never released",
        "the log has a line that does not fit",
    ]
    assert document["status"]["worst"] == "stop"


def test_unreviewed_release_is_a_broken_promise_unless_the_study_allows_it(make_facts: Make) -> None:
    """With review = "optional" it is an open point, said in every report."""
    facts = make_facts()
    first = dataclasses.replace(facts.transcripts[0], approved_by=(), released_reviewed=False)
    facts = dataclasses.replace(facts, transcripts=(first, *facts.transcripts[1:]))
    words = "a released transcript is not covered by an approval that counts"
    for review, level in (("required", "stop"), ("optional", "attend")):
        document = build(dataclasses.replace(facts, review=review))
        assert {"level": level, "count": 1, "text": words, "topic": "releases"} in document["open_points"]


def test_counts_add_up(make_facts: Make) -> None:
    """Types by actions, the transcripts' rows and the headline are the same decisions counted three ways."""
    document = build(make_facts())
    done = document["done"]
    by_type = sum(n for row in done["rows"] for n in row["actions"].values())
    by_transcript = sum(n for row in document["transcripts"] for n in row["actions"].values())
    assert by_type == by_transcript == done["replaced"] + done["kept"]
    assert sum(n for _, n in done["kept_because"]) == done["kept"]


def test_coverage_marks(make_facts: Make) -> None:
    """A number of answers, asked without answer, not asked; totals count answers."""
    coverage = build(make_facts())["coverage"]
    cells = {cell for row in coverage["rows"] for cell in row["cells"]}
    assert {"o", "-"} <= cells
    assert all(cell in "o-" or int(cell) > 0 for cell in cells)
    assert sum(coverage["totals"]) == sum(row["answered"] for row in coverage["rows"])


def test_empty_study(make_facts: Make) -> None:
    """A report on nothing is a report."""
    facts = dataclasses.replace(make_facts(0, measured=False), mosaics=(), combinations=None)
    assert "No transcript was received yet." in page(build(facts)).decode()


@pytest.mark.browser
def test_print_shows_what_is_folded(make_facts: Make, tmp_path: Path) -> None:
    """Closed details appear in the PDF; a board reads paper."""
    chromium, pdftotext = shutil.which("chromium"), shutil.which("pdftotext")
    if chromium is None or pdftotext is None:
        pytest.skip("chromium or pdftotext is not installed")
    source, target = tmp_path / "report.html", tmp_path / "report.pdf"
    source.write_bytes(page(build(make_facts())))
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
               f"--print-to-pdf={target}", source.as_uri()]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    text = subprocess.run(
        [pdftotext, "-layout", target, "-"], check=True, capture_output=True, timeout=60
    ).stdout.decode()
    assert "why it was kept" in text
    assert "How to verify this page" in text
