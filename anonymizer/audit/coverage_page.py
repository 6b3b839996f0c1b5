"""Coverage as a picture and as a page; the numbers come from :mod:`anonymizer.audit.coverage`."""

from __future__ import annotations

from html import escape

from anonymizer.audit.coverage import Cell, Coverage, sign
from anonymizer.protocol.model import Question

ROW, COLUMN, LABEL, TOP = 18, 26, 260, 74
_STEPS = (0, 40, 120, 300)


def _shade(words: int) -> int:
    """0 to 3: up to 40, 120, 300 words, more; an hour's interview has about 100 words an answer."""
    return sum(words > step for step in _STEPS) - 1 if words else 0


def picture(found: Coverage) -> str:
    """An SVG: a square for each question and interview, darker the more words; no script, no outside resource.

    Colours are classes (``cover-0`` ... ``cover-3``) so that a page sets them; asked without answer is a ring, skipped
    is empty, a tag that waits for review has a dot, so that nothing hangs on colour alone.
    """
    width = LABEL + COLUMN * max(1, len(found.codes)) + 60
    height = TOP + ROW * (len(found.questions) + 1) + 8
    out = []
    for column, code in enumerate(found.codes):
        x = LABEL + COLUMN * column + COLUMN / 2
        out.append(f'<text class="small" transform="translate({x + 4:g},{TOP - 8}) rotate(-60)">{escape(code)}</text>')
    section = ""
    for row, (question, cells) in enumerate(zip(found.questions, found.cells, strict=True)):
        y = TOP + ROW * row
        if question.section != section:
            section = question.section
            out.append(f'<line class="grid" x1="0" y1="{y}" x2="{width}" y2="{y}"/>')
        star = " *" if question.optional else ""
        title = f"<title>{escape(question.text)}</title>"
        out.append(
            f'<text class="small" x="{LABEL - 8}" y="{y + 13}" text-anchor="end">'
            f"{escape(_short(question.id))}{star}{title}</text>"
        )
        out += [
            _square(question, code, cell, column, y)
            for column, (code, cell) in enumerate(zip(found.codes, cells, strict=True))
        ]
        out.append(
            f'<text class="small" x="{LABEL + COLUMN * len(found.codes) + 8}" y="{y + 13}">{found.answered(row)}</text>'
        )
    y = TOP + ROW * len(found.questions)
    out.append(f'<line class="grid" x1="0" y1="{y}" x2="{width}" y2="{y}"/>')
    out.append(f'<text class="small" x="{LABEL - 8}" y="{y + 13}" text-anchor="end">outside the protocol</text>')
    for column, o in enumerate(found.outside):
        x = LABEL + COLUMN * column + COLUMN / 2
        out.append(f'<text class="small" x="{x:g}" y="{y + 13}" text-anchor="middle">{round(100 * o.share)}%</text>')
    nobody = len(found.unanswered())
    said = f"{len(found.questions)} questions by {len(found.codes)} interviews; {nobody} questions answered by nobody."
    return (
        f'<svg class="coverage" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="cover-t cover-d" xmlns="http://www.w3.org/2000/svg"><title id="cover-t">Questions answered'
        f'</title><desc id="cover-d">{said}</desc>{"".join(out)}</svg>'
    )  # fmt: skip


def _short(id: str) -> str:
    return id if len(id) <= 36 else "\u2026" + id[-35:]


def _square(question: Question, code: str, cell: Cell, column: int, y: int) -> str:
    x = LABEL + COLUMN * column + 3
    size = ROW - 4
    what = {"answered": f"{cell.words} words", "asked": "asked, no answer", "skipped": "not asked"}[cell.state]
    unsure = f", {cell.unsure} turns wait for review" if cell.unsure else ""
    title = f"<title>{escape(question.id)}, {escape(code)}: {what}{unsure}</title>"
    box = f'x="{x}" y="{y + 2}" width="{COLUMN - 6}" height="{size}" rx="2"'
    if cell.state == "answered":
        shape = f'<rect class="cover-{_shade(cell.words)}" {box}>{title}</rect>'
    elif cell.state == "asked":
        middle = f'cx="{x + (COLUMN - 6) / 2:g}" cy="{y + 2 + size / 2:g}"'
        shape = f'<circle class="cover-ring" {middle} r="4.5">{title}</circle>'
    else:
        shape = f'<rect class="cover-none" {box}>{title}</rect>'
    dot = f'<circle class="cover-dot" cx="{x + COLUMN - 10}" cy="{y + 6}" r="2.2"/>' if cell.unsure else ""
    return shape + dot


_CSS = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1a1d21;--soft:#54606e;--line:#c9d0d8;--s0:#cfe1f2;--s1:#93bfe0;
--s2:#4a8fc4;--s3:#0b559f;--mark:#8a4b00}
@media (prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e7ebef;--soft:#a8b3be;--line:#3b444e;--s0:#1d3347;
--s1:#27496a;--s2:#3f7db3;--s3:#8cc4f5;--mark:#f0c869}}
body{margin:0 auto;max-width:72rem;padding:1.5rem 1.25rem 3rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,"Segoe UI",Arial,sans-serif}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
.scroll{overflow-x:auto}svg{font:12px system-ui,Arial,sans-serif}svg text{fill:var(--ink)}svg .small{font-size:11px}
.grid{stroke:var(--line)}.cover-0{fill:var(--s0)}.cover-1{fill:var(--s1)}.cover-2{fill:var(--s2)}.cover-3{fill:var(--s3)}
.cover-none{fill:none;stroke:var(--line)}.cover-ring{fill:none;stroke:var(--mark);stroke-width:2}
.cover-dot{fill:var(--mark)}
table{border-collapse:collapse;font-size:.85rem}
th,td{padding:.2rem .5rem;border-bottom:1px solid var(--line);text-align:right}
th:first-child,td:first-child{text-align:left}.soft{color:var(--soft);font-size:.9rem}
"""


def page(found: Coverage, title: str) -> bytes:
    """A self-contained HTML page: the picture, the table behind it, questions that nobody answered."""
    heads = "".join(f'<th scope="col">{escape(code)}</th>' for code in found.codes)
    rows = "".join(
        f'<tr><th scope="row" title="{escape(question.text)}">{escape(question.id)}'
        f"{' *' if question.optional else ''}</th>"
        + "".join(f"<td>{sign(cell)}</td>" for cell in cells)
        + f"<td>{found.answered(row)}</td></tr>"
        for row, (question, cells) in enumerate(zip(found.questions, found.cells, strict=True))
    )
    outside = "".join(f"<td>{o.words}</td>" for o in found.outside)
    nobody = "".join(
        f"<li>{escape(q.id)}: {escape(q.text)}{' (optional)' if q.optional else ''}</li>" for q in found.unanswered()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Coverage: {escape(title)}</title><style>{_CSS}</style></head><body>"
        f"<h1>Questions and answers: {escape(title)}</h1>"
        '<p class="soft">Darker: more words (up to 40, 120, 300, more). Ring: asked, no answer. Empty: not asked. '
        "Dot: a tag waits for review. * optional. Right: interviews in which it was answered.</p>"
        f'<div class="scroll">{picture(found)}</div><h2>Answered by nobody</h2>'
        f"{f'<ul>{nobody}</ul>' if nobody else '<p>None.</p>'}<h2>Words</h2>"
        f'<div class="scroll"><table><thead><tr><th scope="col">question</th>{heads}'
        '<th scope="col">answered</th></tr></thead>'
        f'<tbody>{rows}<tr><th scope="row">outside the protocol</th>{outside}<td></td></tr></tbody>'
        "</table></div></body></html>\n"
    ).encode()  # fmt: skip
