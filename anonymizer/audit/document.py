"""The report as a JSON document: everything counted and judged; the page only shows it."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from typing import Any

from anonymizer.audit.coverage import SIGNS, TaggedInterview, coverage
from anonymizer.audit.facts import ReportFacts, TranscriptFacts
from anonymizer.audit.markup import NOT_MEASURED
from anonymizer.audit.open_points import open_points
from anonymizer.audit.plant import KINDS
from anonymizer.audit.risk import Combination, K, shown
from anonymizer.audit.sampling import interval
from anonymizer.audit.wording import LIMITS, WORDS_EXPLAINED
from anonymizer.decision import Decision
from anonymizer.detection.finding import ACTIONS, ENTITY_TYPES
from anonymizer.recordings.media import SENTENCES
from anonymizer.retention import WORDS

VERSION = 1
# UKDS and FSD: what names a person by itself, and what does so together with other things
DIRECT = frozenset({"PERSON", "EMAIL", "PHONE", "URL", "HANDLE", "ADDRESS", "ID"})


def build(facts: ReportFacts) -> dict[str, Any]:
    """The report's document. Holds codes, counts, times, names of attributes and the protocol's own text."""
    decisions = [d for t in facts.transcripts if t.marks for d in t.marks.decisions]
    document: dict[str, Any] = {
        "v": VERSION,
        "study": _study(facts),
        "status": {},
        "open_points": open_points(facts),
        "done": _done(facts, decisions),
        "transcripts": [_transcript(t) for t in facts.transcripts],
        "coverage": _coverage(facts),
        "cells": _cells(facts),
        "review": _review(facts),
        "detection": _detection(facts),
        "outputs": _outputs(facts),
        "key": _key(facts),
        "recordings": _recordings(facts),
        "retention": _retention(facts),
        "log": _log(facts),
        "timeline": _timeline(facts),
        "limits": [" ".join(limit.split()) for limit in LIMITS],
        "words": [list(pair) for pair in WORDS_EXPLAINED],
    }
    document["status"] = _status(facts, document)
    return document


def _stamp(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _study(facts: ReportFacts) -> dict[str, Any]:
    return {
        "id": facts.study,
        "title": facts.title,
        "ends_on": facts.ends_on.isoformat(),
        "days_left": (facts.ends_on - facts.time.date()).days,
        "time": _stamp(facts.time),
        "version": facts.version,
        "policy": facts.policy,
        "policy_digest": facts.policy_digest,
        "review": facts.review,
        "retention": facts.retention.name,
        "protocol": facts.protocol.title,
        "questions": len(facts.protocol.questions),
    }


def sentence(facts: ReportFacts) -> str:
    """The state of the study in one sentence; the one that is quoted."""
    total = len(facts.transcripts)
    released = sum(t.state == "released" for t in facts.transcripts)
    if facts.key is not None and facts.key.destroyed:
        return f"{released} transcripts are pseudonymized; key destroyed" + (
            ", originals present." if facts.originals_present else ", originals deleted."
        )
    if not total:
        return "No transcript was received yet."
    if not released:
        return f"{total} transcripts were received; none is released yet."
    return f"{released} of {total} transcripts are released, pseudonymized; the key exists."


def _status(facts: ReportFacts, document: dict[str, Any]) -> dict[str, Any]:
    approved = sum(bool(t.approved_by) for t in facts.transcripts)
    sample, agreement = facts.sample, facts.agreement
    figures = [
        {"label": "transcripts approved", "value": f"{approved} of {len(facts.transcripts)}", "note": ""},
        {
            "label": "identifiers replaced",
            "value": str(document["done"]["replaced"]),
            "note": f"{document['done']['kept']} looked at and kept",
        },
        {
            "label": "findings undecided",
            "value": str(document["review"]["undecided"]),
            "note": f"{document['review']['questions']} questions open" if document["review"]["questions"] else "",
        },
        {
            "label": "agreement of two reviewers",
            "value": NOT_MEASURED
            if agreement is None or not agreement.decisions
            else f"{100 * agreement.agreed / agreement.decisions:.0f} %",
            "note": "" if agreement is None else f"of {agreement.decisions} passages decided apart",
        },
        {
            "label": "turns with something missed, at most",
            "value": NOT_MEASURED if sample is None else f"{100 * sample.bound:.1f} %",
            "note": ""
            if sample is None
            else f"{sample.with_misses} of {sample.turns} turns read had one; {100 * sample.confidence:.0f} % limit",
        },
    ]
    worst = next((p["level"] for p in document["open_points"]), "none")
    return {"sentence": sentence(facts), "worst": worst, "figures": figures}


def _done(facts: ReportFacts, decisions: list[Decision]) -> dict[str, Any]:
    table: Counter[tuple[str, str]] = Counter((d.entity_type, d.action) for d in decisions)
    entities = {
        (t.marks.transcript, d.entity)
        for t in facts.transcripts
        if t.marks
        for d in t.marks.decisions
        if d.action != "keep"
    }
    rows = [
        {
            "type": entity_type,
            "direct": entity_type in DIRECT,
            "actions": {action: table[entity_type, action] for action in ACTIONS},
        }
        for entity_type in ENTITY_TYPES
        if any(table[entity_type, action] for action in ACTIONS)
    ]
    return {
        "rows": rows,
        "replaced": sum(d.action != "keep" for d in decisions),
        "kept": sum(d.action == "keep" for d in decisions),
        "things": len(entities),
        "by_people": sum(bool(d.by) for d in decisions),
        "kept_because": _top(d.reason for d in decisions if d.action == "keep"),
        "sources": _top(source for d in decisions for source in d.sources),
    }


def _top(values: Iterable[str], most: int = 12) -> list[list[Any]]:
    counts = Counter(values).most_common()
    shown_rows = [[value or "no reason recorded", number] for value, number in counts[:most]]
    rest = sum(number for _, number in counts[most:])
    return [*shown_rows, ["other", rest]] if rest else shown_rows


def _transcript(t: TranscriptFacts) -> dict[str, Any]:
    decisions = t.marks.decisions if t.marks else ()
    return {
        "code": t.code,
        "participants": list(t.participants),
        "state": t.state,
        "turns": t.marks.turns if t.marks else None,
        "actions": {action: sum(d.action == action for d in decisions) for action in ACTIONS},
        "undecided": sum(d.review for d in decisions),
        "approved_by": [reviewer for reviewer, _ in t.approved_by],
        "void": t.void,
        "reviewed": t.released_reviewed,
        "current": t.current,
    }


def _coverage(facts: ReportFacts) -> dict[str, Any]:
    """The counts of ``anonymizer report coverage``, with how sure the tags are."""
    marks = {t.code: t.marks for t in facts.transcripts if t.marks and t.marks.tags}
    table = coverage(
        facts.protocol, (TaggedInterview(code, each.tags, (0,) * each.turns) for code, each in marks.items())
    )
    confidence: dict[str, list[float]] = {}
    for each in marks.values():
        for tag in each.tags:
            confidence.setdefault(tag.question or "", []).append(tag.confidence)
    rows = []
    for number, (question, cells) in enumerate(zip(table.questions, table.cells, strict=True)):
        sure = confidence.get(question.id, [])
        rows.append(
            {
                "id": question.id,
                "text": question.text,
                "optional": question.optional,
                "cells": [SIGNS[cell.state] or str(cell.answers) for cell in cells],
                "answered": table.answered(number),
                "confidence": round(sum(sure) / len(sure), 2) if sure else None,
                "unsure": sum(cell.unsure for cell in cells),
            }
        )
    totals = [sum(row[i].state == "answered" for row in table.cells) for i in range(len(table.codes))]
    return {"columns": list(table.codes), "rows": rows, "totals": totals, "unknown": sum(table.unknown)}


def _cells(facts: ReportFacts) -> dict[str, Any]:
    return {
        "k": K,
        "combinations": None if facts.combinations is None else [_combination(c) for c in facts.combinations[:30]],
        "said": None if facts.said is None else [_combination(c) for c in facts.said[:30]],
        "more": max(0, len(facts.combinations or ()) - 30),
        "mosaics": [
            {
                "code": m.code,
                "attributes": m.attributes,
                "kept": [list(pair) for pair in m.kept],
                "situations": m.situations,
                "alone_in": m.alone_in,
                "total": m.total,
            }
            for m in facts.mosaics
        ],
    }


def _combination(c: Combination) -> dict[str, Any]:
    return {
        "attributes": list(c.attributes),
        "cells": c.cells or None,
        "unique": c.unique,
        "small": c.small,
        # the number of people in small cells can itself be a small cell
        "participants": shown(c.participants),
    }


def _review(facts: ReportFacts) -> dict[str, Any]:
    agreement = facts.agreement
    return {
        "setting": facts.review,
        "approved": sum(bool(t.approved_by) for t in facts.transcripts),
        "by_two": sum(len({reviewer for reviewer, _ in t.approved_by}) > 1 for t in facts.transcripts),
        "void": sum(t.void for t in facts.transcripts),
        "undecided": sum(d.review for t in facts.transcripts if t.marks for d in t.marks.decisions),
        "questions": sum(len(t.marks.questions) for t in facts.transcripts if t.marks),
        "reviewers": sorted({reviewer for t in facts.transcripts for reviewer, _ in t.approved_by}),
        "agreement": None
        if agreement is None
        else {
            "transcripts": agreement.transcripts,
            "decisions": agreement.decisions,
            "agreed": agreement.agreed,
            "kappa": _round(agreement.kappa),
            "low": _round(agreement.low),
            "high": _round(agreement.high),
        },
    }


def _round(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)


def _detection(facts: ReportFacts) -> dict[str, Any]:
    sample, second = facts.sample, facts.second_look
    planted = []
    for r in facts.planted:
        low, high = interval(r.hidden, r.planted) if r.planted else (0.0, 1.0)
        planted.append(
            {
                "kind": r.kind,
                "words": KINDS[r.kind][1],
                "style": r.style,
                "planted": r.planted,
                "hidden": r.hidden,
                "partly": r.partly,
                "low": round(low, 3),
                "high": round(high, 3),
            }
        )
    return {
        "sample": None
        if sample is None
        else {
            "turns": sample.turns,
            "total": sample.total,
            "with_misses": sample.with_misses,
            "misses": sample.misses,
            "bound": round(sample.bound, 4),
            "at_most": sample.at_most,
            "confidence": sample.confidence,
        },
        "planted": planted,
        "second_look": None
        if second is None
        else {
            "turns": second.turns,
            "by_rule": dict(second.by_rule),
            "strong": second.strong,
            "excused": second.excused,
        },
    }


def _outputs(facts: ReportFacts) -> dict[str, Any] | None:
    if facts.outputs is None:
        return None
    return {
        "files": facts.outputs.files,
        "hits": [list(hit) for hit in facts.outputs.hits[:50]],
        "excused": facts.outputs.excused,
        "foreign": len(facts.outputs.foreign),
        "changed": list(facts.outputs.changed),
        "log_hits": facts.outputs.log_hits,
    }


def _key(facts: ReportFacts) -> dict[str, Any] | None:
    key = facts.key
    if key is None:
        return None
    return {name: list(value) if isinstance(value, tuple) else value for name, value in
            ((slot, getattr(key, slot)) for slot in key.__slots__)}  # fmt: skip


def _recordings(facts: ReportFacts) -> dict[str, Any] | None:
    if facts.recordings is None:
        return None
    due = {d.name: d for d in facts.due if d.artefact == "recording"}
    rows = []
    for r in facts.recordings:
        clock = due.get(r.id)
        rows.append(
            {
                "id": r.id,
                "transcripts": list(r.transcripts),
                "state": r.state,
                "since": r.steps[-1].time,
                "held": bool(r.holds),
                "due": clock.on.isoformat() if clock and clock.on else None,
                "method": r.deletion.method if r.deletion else None,
                "withdrawn": bool(r.deletion and r.deletion.withdrawn),
                "answers": [list(pair) for pair in r.deletion.answers] if r.deletion else [],
            }
        )
    counts = Counter(f.kind for f in facts.recording_findings)
    return {"rows": rows, "findings": [[SENTENCES[kind], n] for kind, n in counts.items()]}


def _retention(facts: ReportFacts) -> list[dict[str, Any]]:
    rows = []
    for clock in facts.retention.clocks:
        states = Counter(d.state for d in facts.due if d.artefact == clock.artefact)
        rows.append(
            {
                "artefact": WORDS[clock.artefact],
                "from": clock.start,
                "days": clock.days,
                "then": clock.then,
                "states": dict(sorted(states.items())),
            }
        )
    return rows


def _log(facts: ReportFacts) -> dict[str, Any] | None:
    log = facts.log
    if log is None:
        return None
    return {
        "lines": log.lines,
        "ok": log.ok,
        "problems": [list(problem) for problem in log.problems[:20]],
        "head": log.head.digest,
        "seq": log.head.seq,
        "signers": len(log.holders),
        "counts": dict(sorted(log.counts.items())),
        "torn": log.torn,
        "ahead": log.ahead,
    }


def _timeline(facts: ReportFacts) -> list[dict[str, Any]]:
    rows: dict[str, list[str]] = {}
    for name in ("received", "approved", "released"):
        rows[f"transcript {name}"] = [t.times[name] for t in facts.transcripts if name in t.times]
    if facts.recordings is not None:
        rows["recording due"] = [
            f"{d.on.isoformat()}T00:00:00Z"
            for d in facts.due
            if d.artefact == "recording" and d.on and d.state != "gone"
        ]
        rows["recording deleted"] = [r.deletion.time for r in facts.recordings if r.deletion]
    rows["key due to be destroyed"] = [f"{facts.ends_on.isoformat()}T00:00:00Z"]
    if facts.key is not None and facts.key.destroyed:
        rows["key destroyed"] = [facts.key.destroyed]
    return [{"label": label, "times": sorted(times)} for label, times in rows.items() if times]
