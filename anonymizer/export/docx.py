"""Word documents, written from nothing: no template, hence no author, company, date or thumbnail in them.

Heading 1 is a section, Heading 2 a question; each turn is a paragraph that begins with the speaker's code, and replaced
passages have the character style Replaced, so that a reader sees, and a macro finds, what was changed.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from anonymizer.export.container import pack
from anonymizer.export.headings import NOTICE, headings, printable
from anonymizer.export.released import ReleasedTranscript, ReleasedTurn

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NS = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

CONTENT_TYPES = (
    f'{_DECLARATION}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_OFFICE}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_OFFICE}.styles+xml"/></Types>'
)
RELATIONS = (
    f'{_DECLARATION}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATION}/officeDocument" Target="word/document.xml"/></Relationships>'
)
DOCUMENT_RELATIONS = (
    f'{_DECLARATION}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATION}/styles" Target="styles.xml"/></Relationships>'
)


def _style(kind: str, ident: str, name: str, paragraph: str = "", run: str = "") -> str:
    based = '<w:basedOn w:val="Normal"/>' if kind == "paragraph" and ident != "Normal" else ""
    default = ' w:default="1"' if ident in ("Normal", "DefaultParagraphFont") else ""
    return (
        f'<w:style w:type="{kind}"{default} w:styleId="{ident}"><w:name w:val="{name}"/>{based}<w:qFormat/>'
        + (f"<w:pPr>{paragraph}</w:pPr>" if paragraph else "")
        + (f"<w:rPr>{run}</w:rPr>" if run else "")
        + "</w:style>"
    )


STYLES = (
    f"{_DECLARATION}<w:styles {_NS}>"
    + _style("paragraph", "Normal", "Normal", '<w:spacing w:after="120"/>', '<w:sz w:val="22"/>')
    + _style("paragraph", "Title", "Title", '<w:spacing w:after="240"/>', '<w:b/><w:sz w:val="36"/>')
    + _style("paragraph", "Heading1", "heading 1", '<w:keepNext/><w:spacing w:before="360"/><w:outlineLvl w:val="0"/>',
             '<w:b/><w:sz w:val="30"/>')
    + _style("paragraph", "Heading2", "heading 2", '<w:keepNext/><w:spacing w:before="240"/><w:outlineLvl w:val="1"/>',
             '<w:b/><w:sz w:val="25"/>')
    + _style("paragraph", "Notice", "Notice", "", "<w:i/>")
    + _style("paragraph", "Turn", "Turn", '<w:ind w:left="850" w:hanging="850"/>')
    + _style("character", "DefaultParagraphFont", "Default Paragraph Font")
    + _style("character", "Speaker", "Speaker", "", "<w:b/>")
    + _style("character", "Replaced", "Replaced", "", '<w:shd w:val="clear" w:color="auto" w:fill="D9E2F3"/>')
    + "</w:styles>"
)  # fmt: skip
FIXED = {
    "[Content_Types].xml": CONTENT_TYPES.encode(),
    "_rels/.rels": RELATIONS.encode(),
    "word/_rels/document.xml.rels": DOCUMENT_RELATIONS.encode(),
    "word/styles.xml": STYLES.encode(),
}


def render(released: ReleasedTranscript) -> bytes:
    """A .docx with the same bytes for the same transcript."""
    body = [_paragraph("Title", _run(released.code))]
    if not released.reviewed:
        body.append(_paragraph("Notice", _run(NOTICE)))
    for before, turn in headings(released):
        body.extend(_paragraph(f"Heading{heading.level}", _run(printable(heading.text))) for heading in before)
        body.append(_paragraph("Turn", _run(f"{turn.speaker}:", "Speaker") + _run(" ") + _text(turn)))
    document = f"{_DECLARATION}<w:document {_NS}><w:body>{''.join(body)}<w:sectPr/></w:body></w:document>"
    members = [*FIXED.items(), ("word/document.xml", document.encode("utf-8", "replace"))]
    return pack(members)


def _text(turn: ReleasedTurn) -> str:
    out: list[str] = []
    position = 0
    for span in sorted(turn.replaced, key=lambda s: s.start):
        out.append(_run(printable(turn.text[position : span.start])))
        out.append(_run(printable(turn.text[span.start : span.end]), "Replaced"))
        position = span.end
    out.append(_run(printable(turn.text[position:])))
    return "".join(out)


def _paragraph(style: str, runs: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>'


def _run(text: str, style: str = "") -> str:
    if not text:
        return ""
    properties = f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>' if style else ""
    pieces = []
    for i, line in enumerate(text.split("\n")):
        if i:
            pieces.append("<w:br/>")
        for j, piece in enumerate(line.split("\t")):
            if j:
                pieces.append("<w:tab/>")
            if piece:
                pieces.append(f'<w:t xml:space="preserve">{escape(piece)}</w:t>')
    return f"<w:r>{properties}{''.join(pieces)}</w:r>"
