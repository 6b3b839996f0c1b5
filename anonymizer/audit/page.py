"""The report as one HTML page: no script, nothing loaded, readable in print and on dark screens.

The page is made from the report's document alone, so that it can be written again when the key is gone.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from anonymizer.audit import drawing, parts
from anonymizer.audit.markup import NOT_MEASURED, bullets, plain

# an outside resource, a script or a form could not work even if one got in
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_LEVEL_WORDS = {"stop": "Broken", "attend": "Open", "note": "Note"}


def canonical(document: dict[str, Any]) -> bytes:
    """The JSON twin's bytes: sorted keys, UTF-8, one trailing newline."""
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def page(document: dict[str, Any]) -> bytes:
    """The HTML page, UTF-8."""
    css = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
    study = document["study"]
    title = f"Report on the anonymization of “{study['title']}”"
    sections = [
        ("points", "Open points", _points(document)),
        ("done", "What was done", parts.done(document["done"])),
        ("coverage", "Questions and transcripts", parts.coverage(document["coverage"])),
        ("transcripts", "Each transcript", parts.transcripts(document["transcripts"])),
        ("cells", "Who could stand out", parts.cells(document["cells"])),
        ("review", "Review and agreement", parts.review(document["review"])),
        ("found", "How much is found", parts.detection(document["detection"], document["outputs"])),
        ("key", "The key", parts.key(document["key"], study)),
        ("recordings", "Recordings and retention", parts.recordings(document["recordings"], document["retention"])),
        ("log", "Log and signatures", parts.log(document["log"])),
        ("limits", "Limits", bullets(document["limits"])),
        ("words", "Words", plain(document["words"])),
        ("verify", "How to verify this page", _verify(document)),
    ]
    timeline = _timeline(document)
    header = (
        f"<header><h1>{escape(title)}</h1><p class=soft>Study {escape(study['id'])} · {escape(study['time'])} · "
        f"anonymizer {escape(study['version'])} · policy {escape(study['policy'])} · "
        f"retention {escape(study['retention'])}</p></header>"
    )
    body = [
        header,
        f"<p class=lead>{escape(document['status']['sentence'])} {_ends(study, document['key'])}</p>",
        _figures(document["status"]["figures"]),
        "<nav aria-label=Sections>"
        + " ".join(f'<a href="#{name}">{escape(heading)}</a>' for name, heading, _ in sections)
        + "</nav>",
    ]
    for name, heading, content in sections:
        body.append(f"<section id={name}><h2>{escape(heading)}</h2>{content}</section>")
        if name == "points":
            body.append(timeline)
    head = (
        f'<!doctype html><html lang=en><head><meta charset=utf-8><meta http-equiv="Content-Security-Policy" '
        f'content="{_POLICY}"><meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{css}</style></head><body>"
    )
    return (head + "\n".join(body) + "</body></html>\n").encode()


def _ends(study: dict[str, Any], key: dict[str, Any] | None) -> str:
    if key is not None and key["destroyed"]:
        return f"The key was destroyed on {escape(key['destroyed'][:10])}."
    left = study["days_left"]
    if left < 0:
        return f"The study ended on {escape(study['ends_on'])}, {-left} days ago."
    return f"The study ends on {escape(study['ends_on'])}, in {left} days; then the key is due to be destroyed."


def _figures(figures: Iterable[dict[str, str]]) -> str:
    out = []
    for f in figures:
        css = "value unmeasured" if f["value"] == NOT_MEASURED else "value"
        note = f"<dd class=note>{escape(f['note'])}</dd>" if f["note"] else ""
        out.append(f'<div><dt>{escape(f["label"])}</dt><dd class="{css}">{escape(f["value"])}</dd>{note}</div>')
    return f"<dl class=figures>{''.join(out)}</dl>"


def _points(document: dict[str, Any]) -> str:
    points = document["open_points"]
    if not points:
        return "<p class=good>Nothing is open.</p>"
    items = "".join(
        f"<li class={p['level']}><b>{_LEVEL_WORDS[p['level']]}</b> {escape(p['text'])}</li>" for p in points
    )
    return f"<ol class=points>{items}</ol>"


def _timeline(document: dict[str, Any]) -> str:
    rows = [(row["label"], [_time(t) for t in row["times"]]) for row in document["timeline"]]
    if not rows:
        return ""
    now = _time(document["study"]["time"])
    picture = drawing.timeline(rows, now, "timeline", "When what happened, and what is due")
    note = "<p class=small>Filled: happened. Hollow: due. Dashed line: this report.</p>"
    return f"<section><h3>When</h3>{picture}{note}</section>"


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)


def _verify(document: dict[str, Any]) -> str:
    digest = hashlib.sha256(canonical(document)).hexdigest()
    made = f"<p>This page was made from <code>report.json</code>, whose SHA-256 is <code>{digest}</code>. "
    key = document["key"]
    if key is not None and key["destroyed"]:
        signed = (
            "It was written after the key was destroyed, when nobody could sign any more: the log ends with the "
            "destruction. <code>anonymizer key certificate check</code> verifies both without any secret."
        )
    else:
        signed = (
            "The log holds that digest in a line <code>report</code> or <code>close-deposit</code>, signed by the "
            "holder who made it; <code>anonymizer audit</code> verifies the log."
        )
    return f"{made}{signed} The page runs no script and loads nothing.</p>"
