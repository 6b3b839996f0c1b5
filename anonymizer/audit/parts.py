"""The sections of the report's page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from anonymizer.audit import drawing
from anonymizer.audit.markup import NOT_MEASURED, Html, plain, table

_BLOCK = 24
_STATE_WORDS = {"waiting": "waits for its event", "running": "running", "due": "due", "held": "on hold", "gone": "done",
                "keep": "kept"}  # fmt: skip
ACTION_WORDS = (
    ("pseudonymize", "pseudonymized"), ("generalize", "generalized"), ("remove", "removed"), ("keep", "kept"),
)  # fmt: skip


def done(done: dict[str, Any]) -> str:
    """What was done with what."""
    if not done["rows"]:
        return "<p>Nothing was decided yet.</p>"
    names = [name for name, _ in ACTION_WORDS]
    rows = sorted(done["rows"], key=lambda r: -sum(r["actions"].values()))
    picture = drawing.stacked_bars(
        [(r["type"].lower(), [r["actions"][name] for name in names]) for r in rows],
        [word for _, word in ACTION_WORDS],
        "bars",
        "Findings by type and what was done",
    )
    lines: list[Sequence[Any]] = []
    for label, direct in (("direct identifiers", True), ("indirect identifiers", False)):
        for r in rows:
            if r["direct"] is direct:
                lines.append((r["type"].lower(), label, *(r["actions"][n] for n in names), sum(r["actions"].values())))
    sums = [sum(r["actions"][n] for r in rows) for n in names]
    lines.append(("all", "", *sums, sum(sums)))
    head = ("type", "kind", *(word for _, word in ACTION_WORDS), "all")
    text = (
        f"<p>{done['replaced']} passages that stand for {done['things']} people, organizations, places and things were "
        f"replaced; {done['kept']} were looked at and kept. People decided {done['by_people']} of them one by one.</p>"
    )
    kept = table(("why it was kept", "passages"), done["kept_because"], (1,))
    sources = table(("found by", "passages"), done["sources"], (1,), "A passage may have been found in several ways.")
    return (
        text
        + picture
        + f"<details><summary>The same as a table</summary>{table(head, lines, range(2, 7), last=True)}</details>"
        + f"<details><summary>Why passages were kept</summary>{kept}</details>"
        + f"<details><summary>What found them</summary>{sources}</details>"
    )


def coverage(coverage: dict[str, Any]) -> str:
    """Questions by transcripts."""
    columns, rows = coverage["columns"], coverage["rows"]
    if not columns:
        return "<p>No transcript is tagged yet.</p>"
    legend = (
        "<p class=small>A number: turns of an answer. <span class=asked>o</span>: asked, no answer tagged. "
        "-: not asked. Optional questions are marked *.</p>"
    )
    tables = []
    for first in range(0, len(columns), _BLOCK):
        part = range(first, min(first + _BLOCK, len(columns)))
        last = part[-1] + 1 == len(columns)
        head = "".join(f"<th scope=col>{escape(columns[i])}</th>" for i in part)
        extra = "<th scope=col class=n>answered in</th><th scope=col class=n>sure</th>" if last else ""
        lines = []
        for row in rows:
            cells = "".join(_coverage_cell(row["cells"][i]) for i in part)
            sure = "" if row["confidence"] is None else f"{row['confidence']:.2f}"
            tail = f"<td>{row['answered']}</td><td>{sure}</td>" if last else ""
            text = row["text"] if len(row["text"]) <= 90 else row["text"][:87] + "..."
            star = "*" if row["optional"] else ""
            lines.append(
                f"<tr><th scope=row><code>{escape(row['id'])}</code>{star} {escape(text)}</th>{cells}{tail}</tr>"
            )
        totals = "".join(f"<td>{coverage['totals'][i]}</td>" for i in part) + ("<td></td><td></td>" if last else "")
        lines.append(f"<tr class=sum><th scope=row>questions answered</th>{totals}</tr>")
        tables.append(
            f"<div class=scroll><table class=matrix><thead><tr><th scope=col>question</th>{head}{extra}</tr></thead>"
            f"<tbody>{''.join(lines)}</tbody></table></div>"
        )
    unsure = sum(row["unsure"] for row in rows)
    lost = coverage["unknown"]
    gone = f" {lost} turns are tagged with questions that the protocol does not have any more." if lost else ""
    note = f"<p class=small>“sure” is the mean confidence of the tags; {unsure} tags are marked for a look.{gone}</p>"
    return legend + "".join(tables) + note


def _coverage_cell(mark: str) -> str:
    if mark == "-":
        return "<td>-</td>"
    if mark == "o":
        return "<td class=asked>o</td>"
    number = int(mark)
    return f"<td class=c{1 if number < 3 else 2 if number < 7 else 3}>{number}</td>"


def transcripts(transcripts: Sequence[dict[str, Any]]) -> str:
    """A row a transcript."""
    if not transcripts:
        return "<p>No transcript was received yet.</p>"
    head = ("transcript", "state", "turns", *(word for _, word in ACTION_WORDS), "undecided", "approved by", "release")
    rows = []
    for t in transcripts:
        if t["reviewed"] is None:
            release = Html("")
        elif t["current"] is False:
            release = Html("<span class=warn>older than its decisions</span>")
        elif not t["reviewed"]:
            release = Html("<span class=warn>not reviewed</span>")
        else:
            release = Html("<span class=good>current</span>")
        approved = ", ".join(t["approved_by"]) + (f" ({t['void']} void)" if t["void"] else "")
        actions = [t["actions"][name] for name, _ in ACTION_WORDS]
        turns = "" if t["turns"] is None else t["turns"]
        rows.append((t["code"], t["state"], turns, *actions, t["undecided"], approved, release))
    return table(head, rows, range(2, 8))


def cells(cells: dict[str, Any]) -> str:
    """Small cells and mosaics."""
    k = cells["k"]
    out = ["<p>A reader sees everything that is kept about a person together. Counts only: no value is printed.</p>"]
    out.append("<h3>Small cells: attributes that leave the study with the transcripts</h3>")
    if cells["combinations"] is None:
        out.append("<p>No attribute of participants leaves the study.</p>")
    elif not cells["combinations"]:
        out.append(f"<p class=good>Every combination of up to three kept attributes is shared by {k} or more.</p>")
    else:
        out.append(_combinations(cells["combinations"], k))
        if cells["more"]:
            out.append(f"<p class=small>{cells['more']} more combinations are not shown.</p>")
    out.append("<h3>Small cells: what participants say about themselves and is kept or made coarser</h3>")
    if cells["said"] is None:
        out.append(f"<p class=warn>{NOT_MEASURED.capitalize()}.</p>")
    elif not cells["said"]:
        out.append(f"<p class=good>Nothing that fewer than {k} participants share.</p>")
    else:
        out.append(_combinations(cells["said"], k))
        out.append(
            "<p class=small>A pair is counted only where neither part alone is held by so few. "
            "<code>anonymizer review</code> shows the values, on the study's own computer.</p>"
        )
    out.append("<h3>Mosaic</h3>")
    mosaics = [m for m in cells["mosaics"] if m["total"]]
    if not mosaics:
        out.append("<p>Nothing indirect is kept about anybody.</p>")
    else:
        rows = [
            (
                m["code"],
                m["attributes"],
                ", ".join(f"{n} {kind.lower()}" for kind, n in m["kept"]),
                m["situations"],
                m["alone_in"],
                m["total"],
            )
            for m in mosaics
        ]
        columns = ("participant", "attributes", "kept in the talk", "situations", "alone in combinations", "all")
        shown = table(columns, rows, (1, 3, 4, 5))
        many = f"<details open><summary>{len(rows)} participants</summary>{shown}</details>"
        out.append(shown if len(rows) <= 12 else many)
    return "".join(out)


def _combinations(rows: Sequence[dict[str, Any]], k: int) -> str:
    head = ("attributes", "combinations", "held by one", f"held by fewer than {k}", "participants in these")
    lines = [(" × ".join(c["attributes"]), c["cells"] or "", c["unique"], c["small"], c["participants"]) for c in rows]
    return table(head, lines, range(1, 5))


def review(review: dict[str, Any]) -> str:
    """Approvals and agreement."""
    setting = {"required": "one person approves each transcript", "two": "two people approve each transcript",
               "optional": "review is optional"}[review["setting"]]  # fmt: skip
    rows = [
        ("rule of this study", setting),
        ("transcripts approved", review["approved"]),
        ("approved by two people", review["by_two"]),
        ("approvals that do not count any more", review["void"]),
        ("findings undecided", review["undecided"]),
        ("questions open", review["questions"]),
        ("reviewers", ", ".join(review["reviewers"]) or "nobody yet"),
    ]
    agreement = review["agreement"]
    if agreement is None:
        rows.append(("agreement", NOT_MEASURED))
    else:
        share = f"{agreement['agreed']} of {agreement['decisions']} passages in {agreement['transcripts']} transcripts"
        if agreement["low"] is not None:
            share += f" (95 % interval {100 * agreement['low']:.0f} to {100 * agreement['high']:.0f} %)"
        rows.append(("decided the same, apart from each other", share))
        kappa = "not defined" if agreement["kappa"] is None else f"{agreement['kappa']:.2f}"
        rows.append(("Cohen's kappa over the actions", kappa))
    return plain(rows)


def detection(detection: dict[str, Any], outputs: dict[str, Any] | None) -> str:
    """What the outputs, the sample, the plants and the second look show."""
    out = ["<h3>Known originals in outputs</h3>"]
    if outputs is None:
        out.append("<p class=warn>Not searched: the key was not opened.</p>")
    else:
        found = (
            f"<span class=bad>{len(outputs['hits'])} places</span>"
            if outputs["hits"]
            else "<span class=good>none</span>"
        )
        out.append(
            f"<p>{outputs['files']} files searched, text, names and properties: {found}. {outputs['excused']} hits are "
            "explained by recorded decisions to keep.</p>"
        )
        if outputs["hits"]:
            out.append(table(("file", "place"), outputs["hits"]))
    sample = detection["sample"]
    out.append("<h3>Human sample</h3>")
    if sample is None:
        out.append(f"<p class=warn>{NOT_MEASURED.capitalize()}.</p>")
    else:
        out.append(
            f"<p>{sample['turns']} of {sample['total']} turns, drawn at random, were read by a person: "
            f"something was missed in {sample['with_misses']} of them, passages missed in all: {sample['misses']}. "
            f"With {100 * sample['confidence']:.0f} % confidence at most {100 * sample['bound']:.1f} % of all turns, "
            f"or {sample['at_most']} turns, have something missed (Clopper-Pearson; exact hypergeometric).</p>"
        )
    out.append("<h3>Planted identifiers</h3>")
    if not detection["planted"]:
        out.append(f"<p class=warn>{NOT_MEASURED.capitalize()}.</p>")
    else:
        total = sum(r["planted"] for r in detection["planted"])
        hidden = sum(r["hidden"] for r in detection["planted"])
        out.append(
            f"<p>{hidden} of {total} invented identifiers, put into copies of this study's transcripts, were hidden by "
            "this study's detection and policy. It is the best case: see the limits.</p>"
        )
        for style, words in (("written", "as written"), ("captions", "as automatic captions, lower case")):
            rows = [
                (r["words"], r["low"], r["hidden"] / r["planted"], r["high"], f"{r['hidden']} of {r['planted']}")
                for r in detection["planted"]
                if r["style"] == style and r["planted"]
            ]
            if rows:
                title = f"Hidden, {words}, with 95 % intervals"
                out.append(f"<p class=small>{escape(title)}</p>" + drawing.intervals(rows, f"plant-{style}", title))
    second = detection["second_look"]
    out.append("<h3>Second look by other means</h3>")
    if second is None:
        out.append(f"<p class=warn>{NOT_MEASURED.capitalize()}.</p>")
    else:
        count = sum(second["by_rule"].values())
        out.append(
            f"<p>Capitals, numbers and cue words in {second['turns']} released turns, without a model or name list: "
            f"{count} passages to look at, {second['strong']} of high suspicion; {second['excused']} more are "
            "explained by decisions to keep.</p>"
        )
        rows = sorted(second["by_rule"].items(), key=lambda item: -item[1])
        out.append(f"<details><summary>By rule</summary>{table(('rule', 'passages'), rows, (1,))}</details>")
    return "".join(out)


def key(key: dict[str, Any] | None, study: dict[str, Any]) -> str:
    """The key's life."""
    if key is None:
        return "<p class=warn>The key was not opened for this report.</p>"
    rows: list[tuple[str, Any]] = [
        ("state", f"destroyed on {key['destroyed']}" if key["destroyed"] else "exists"),
        ("due to be destroyed", study["ends_on"]),
        ("people who can open it", key["holders"]),
        ("saved", f"{key['generation']} times"),
        ("opened, as far as logged", f"{key['openings']} times"),
        ("names looked up or revealed", f"{key['readings']} times"),
        ("exported as plain text", f"{key['exports']} times"),
        ("shred secret replaced", f"{key['rotations']} times"),
        ("paper copies that open it", key["papers"]),
        ("participants withdrawn", key["withdrawn"]),
        ("medium of the shred secret", key["medium"] or "not known"),
    ]
    if key["certificate"]:
        rows.append(("certificate (SHA-256)", Html(f"<code>{escape(key['certificate'])}</code>")))
    return plain(rows)


def recordings(recordings: dict[str, Any] | None, retention: Sequence[dict[str, Any]]) -> str:
    """Recordings and clocks."""
    out = []
    if recordings is None:
        out.append("<p class=warn>The key was not opened for this report: recordings are not listed.</p>")
    elif not recordings["rows"]:
        out.append("<p>No recording was registered.</p>")
    else:
        head = ("recording", "transcripts", "state", "since", "due", "how it was deleted", "copies elsewhere")
        rows = []
        for r in recordings["rows"]:
            state = r["state"] + (", on hold" if r["held"] else "") + (", withdrawn" if r["withdrawn"] else "")
            answers = ", ".join(f"{place}: {answer}" for place, answer in r["answers"])
            due = r["due"] or ""
            rows.append((r["id"], " ".join(r["transcripts"]), state, r["since"][:10], due, r["method"] or "", answers))
        out.append(table(head, rows))
        if recordings["findings"]:
            out.append(table(("what does not fit", "times"), recordings["findings"], (1,)))
    out.append("<h3>Retention clocks</h3>")
    clocks = []
    for r in retention:
        clock = "no clock" if r["from"] is None else f"{r['days']} days after {r['from'].replace('-', ' ')}"
        states = ", ".join(f"{n} {_STATE_WORDS[state]}" for state, n in r["states"].items())
        clocks.append((r["artefact"], clock, r["then"].replace("-", " "), states))
    out.append(table(("what", "clock", "then", "now"), clocks))
    return "".join(out)


def log(log: dict[str, Any] | None) -> str:
    """Verification of the log."""
    """Recordings and clocks."""
    if log is None:
        return "<p class=bad>The log was not verified.</p>"
    whole = Html("<span class=good>yes</span>" if log["ok"] else "<span class=bad>no</span>")
    rows: list[tuple[str, Any]] = [
        ("lines", log["lines"]),
        ("chain, signatures, sealed head and pin fit", whole),
        ("people who signed", log["signers"]),
        ("last line", Html(f"{log['seq']}, SHA-256 <code>{escape(log['head'])}</code>")),
    ]
    out = [plain(rows)]
    if log["problems"]:
        out.append(table(("line", "what is wrong"), log["problems"]))
    acts = sorted(log["counts"].items(), key=lambda item: -item[1])
    out.append(f"<details><summary>What was logged</summary>{table(('act', 'lines'), acts, (1,))}</details>")
    return "".join(out)
