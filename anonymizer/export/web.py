"""HTML: one self-contained file, without scripts and without anything loaded."""

from __future__ import annotations

from html import escape

from anonymizer.export.headings import NOTICE, headings, printable
from anonymizer.export.released import ReleasedTranscript, ReleasedTurn
from anonymizer.intake.times import stamp

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}"
    "p{margin:.4em 0 .4em 4.5em;white-space:pre-wrap}b{float:left;margin-left:-4.5em}"
    "mark{background:#d9e2f3;color:inherit}time{color:#555;font-size:.8em;margin-right:.6em}"
    ".notice{border:2px solid #b00;padding:.5em;margin:1em 0}"
)


def render(released: ReleasedTranscript) -> bytes:
    """UTF-8 HTML5; replaced passages are in ``mark``."""
    code = escape(printable(released.code))
    head = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{code}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{code}</h1>\n"
    )
    out = [head]
    if not released.reviewed:
        out.append(f'<p class="notice">{NOTICE}</p>\n')
    for before, turn in headings(released):
        out.extend(f"<h{h.level + 1}>{escape(printable(h.text))}</h{h.level + 1}>\n" for h in before)
        time = f"<time>{stamp(turn.start)[:8]}</time>" if turn.start is not None else ""
        out.append(f"<p><b>{escape(printable(turn.speaker))}:</b> {time}<span>{_text(turn)}</span></p>\n")
    out.append("</body>\n</html>\n")
    return "".join(out).encode("utf-8", "replace")


def _text(turn: ReleasedTurn) -> str:
    out: list[str] = []
    position = 0
    for span in sorted(turn.replaced, key=lambda s: s.start):
        out.append(escape(printable(turn.text[position : span.start])))
        out.append(f"<mark>{escape(printable(turn.text[span.start : span.end]))}</mark>")
        position = span.end
    out.append(escape(printable(turn.text[position:])))
    return "".join(out)
