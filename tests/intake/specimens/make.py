"""Writes the specimens that are not text: ``python tests/intake/specimens/make.py``, the same bytes each time.

Every place that a reader must leave out holds the word Quagmore.
"""

# ruff: noqa: E501
from __future__ import annotations

import zipfile
from pathlib import Path

HERE = Path(__file__).parent
CANARY = "Quagmore"
W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def pack(name: str, members: dict[str, str | bytes]) -> None:
    """Write a ZIP with fixed dates."""
    with zipfile.ZipFile(HERE / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            info = zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if member == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)


def run(text: str, bold: bool = False, extra: str = "") -> str:
    """A run; ``\\n`` is a break and ``\\t`` a tab."""
    out = []
    for i, line in enumerate(text.split("\n")):
        if i:
            out.append("<w:br/>")
        for j, piece in enumerate(line.split("\t")):
            if j:
                out.append("<w:tab/>")
            if piece:
                out.append(f'<w:t xml:space="preserve">{piece}</w:t>')
    properties = f"<w:rPr>{'<w:b/>' if bold else ''}{extra}</w:rPr>" if bold or extra else ""
    return f"<w:r>{properties}{''.join(out)}</w:r>"


def p(*runs: str, style: str = "") -> str:
    """A paragraph."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{''.join(runs)}</w:p>"


def tbl(rows: list[list[str]]) -> str:
    """A table of cells with one paragraph each line."""
    return (
        "<w:tbl><w:tblPr/>"
        + "".join(
            "<w:tr>"
            + "".join(f"<w:tc>{''.join(p(run(x)) for x in cell.split('|'))}</w:tc>" for cell in row)
            + "</w:tr>"
            for row in rows
        )
        + "</w:tbl>"
    )


def docx(name: str, *body: str, **parts: str) -> None:
    """A Word document with a canary in every part beside the text."""
    core = (
        f'{XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{CANARY}</dc:title><dc:creator>{CANARY}</dc:creator>'
        f"<cp:lastModifiedBy>{CANARY}</cp:lastModifiedBy></cp:coreProperties>"
    )
    comment = f'<w:comment w:id="1" w:author="{CANARY}"><w:p><w:r><w:t>{CANARY}</w:t></w:r></w:p></w:comment>'
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    links = "".join(
        f'<Relationship Id="r{i}" Type="{relation}/{kind}" Target="{target}.xml"/>'
        for i, (kind, target) in enumerate(
            [("header", "header1"), ("footer", "footer1"), ("comments", "comments"), *((part, part) for part in parts)]
        )
    )
    members: dict[str, str | bytes] = {
        "_rels/.rels": f'{XML}<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relation}/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'{XML}<Relationships xmlns="{package}">{links}</Relationships>',
        "[Content_Types].xml": f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "word/document.xml": f'{XML}<w:document {W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        f'xmlns:v="urn:schemas-microsoft-com:vml"><w:body>{"".join(body)}<w:sectPr/></w:body></w:document>',
        "docProps/core.xml": core,
        "docProps/app.xml": f"<Properties><Company>{CANARY}</Company><Manager>{CANARY}</Manager></Properties>",
        "word/comments.xml": f"{XML}<w:comments {W}>{comment}</w:comments>",
        "word/header1.xml": f"{XML}<w:hdr {W}>{p(run(CANARY))}</w:hdr>",
        "word/footer1.xml": f"{XML}<w:ftr {W}>{p(run(CANARY))}</w:ftr>",
        "word/people.xml": f"<people>{CANARY}</people>",
        "customXml/item1.xml": f"<x>{CANARY}</x>",
    }
    members.update({f"word/{part}.xml": f"{XML}{text}" for part, text in parts.items()})
    pack(name, members)


def make_docx() -> None:
    """Rev, Otter, agencies, Teams, Meet, and one with everything that Word hides text in."""
    docx(
        "rev.docx",
        p(run("Speaker 1 ("), run("00:01"), run("):")),
        p(run("How did you come to it? [inaudible 00:00:02]")),
        p(run("Speaker 2 (00:09):")),
        p(run("By bo"), run("at."), run(" And on foot.")),
        p(run("[crosstalk 00:00:11]")),
        p(run("Speaker 1 (01:12):")),
        p(run("I see.")),
    )
    docx(
        "otter.docx",
        p(run("Talk with somebody"), style="Title"),
        p(run("SUMMARY KEYWORDS"), style="Heading2"),
        p(run("SPEAKERS"), style="Heading2"),
        p(run("Ada Quill  0:04", bold=True)),
        p(run("How did you come?")),
        p(run("Bo Reed  1:09", bold=True)),
        p(run("By boat.")),
        styles=f'<w:styles {W}><w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style></w:styles>',
    )
    docx(
        "agency-bold.docx",
        p(run("Interview 4")),
        p(run(f"File: {CANARY}.mp3")),
        p(run("INT", bold=True), run(":", bold=True), run("\tHow did you come?")),
        p(run("RES", bold=True), run(":\tBy boat. "), run("Then", extra="<w:i/>"), run(" on foot.")),
        p(run("It took a while.")),
        p(run("INT:", bold=True), run("\tI see.")),
    )
    docx(
        "agency-table.docx",
        tbl([["Date", "3 May"], ["File", CANARY]]),
        tbl(
            [
                ["00:01", "Interviewer", "How did you come?"],
                ["00:04", "Participant", "By boat.|And on foot."],
                ["00:09", "Interviewer", "I see."],
            ]
        ),
    )
    docx(
        "teams.docx",
        p(run(f"{CANARY}-20260815_200732-Meeting Recording")),
        p(run("August 15, 2026, 8:07PM")),
        p(run("12m 5s")),
        p(run(f"{CANARY} started transcription")),
        p(run("Ada Quill", bold=True), run("   0:04\nThanks for joining\nus today.")),
        p(run("Bo Reed", bold=True), run("   0:09\nSure.")),
        p(run(f"{CANARY} stopped transcription")),
    )
    docx(
        "meet.docx",
        p(run("Notes by Gemini")),
        p(run(f"Invited {CANARY}@quill.example")),
        p(run("Summary"), style="Heading3"),
        p(run(f"{CANARY} and others spoke about the harbour at length and came to no end of it, as it seems here.")),
        p(run(f"Next steps: {CANARY} calls the harbour.")),
        p(run("Transcript"), style="Heading1"),
        p(run("00:00:00")),
        p(run("Ada Quill:", bold=True), run(" Welcome.")),
        p(run("Bo Reed:", bold=True), run(" Thanks: a lot.")),
        p(run("00:05:11")),
        p(run("Ada Quill:", bold=True), run(" So.")),
        p(run(f"{CANARY} ended after 00:05:39")),
        p(run(f"This text was made by {CANARY}.")),
    )
    inserted = f'<w:ins w:author="{CANARY}" w:id="1">{run("Vale ")}</w:ins>'
    deleted = f'<w:del w:author="{CANARY}" w:id="2"><w:r><w:delText>{CANARY}</w:delText></w:r></w:del>'
    box = (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><w:txbxContent>"
        + p(run("A boxed remark."))
        + "</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>"
        + p(run(CANARY))
        + "</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    field = f"<w:r><w:instrText>AUTHOR {CANARY}</w:instrText></w:r><w:hyperlink>{run('the quay')}</w:hyperlink>"
    docx(
        "tracked.docx",
        p(
            run("INT:", bold=True),
            run(" Did Orla "),
            inserted,
            deleted,
            run("come?"),
            '<w:r><w:footnoteReference w:id="2"/></w:r>',
        ),
        p(run("RES:", bold=True), run(" By "), field, run(".<!-- -->".replace("<!-- -->", "")), box),
        f'<w:sdt><w:sdtPr><w:alias w:val="{CANARY}"/></w:sdtPr><w:sdtContent>{p(run("INT:", bold=True), run(" I see."))}</w:sdtContent></w:sdt>',
        footnotes=f'<w:footnotes {W}><w:footnote w:type="separator" w:id="0">{p(run(CANARY))}</w:footnote>'
        f'<w:footnote w:id="2">{p(run("she laughs"))}</w:footnote></w:footnotes>',
    )


ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
)


def odt(name: str, body: str) -> None:
    """An OpenDocument text."""
    bold = (
        '<style:style style:name="B" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
    )
    pack(
        name,
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"{XML}<office:document-content {ODF}><office:automatic-styles>{bold}</office:automatic-styles>"
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
            "meta.xml": f"{XML}<office:document-meta {ODF}><office:meta><dc:creator>{CANARY}</dc:creator></office:meta>"
            "</office:document-meta>",
        },
    )


def make_odt() -> None:
    """Bold labels with notes and tracked changes; a table."""
    note = '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>she laughs</text:p></text:note-body></text:note>'
    gone = f"<text:tracked-changes><text:changed-region><text:deletion><text:p>{CANARY}</text:p></text:deletion></text:changed-region></text:tracked-changes>"
    comment = f"<office:annotation><dc:creator>{CANARY}</dc:creator><text:p>{CANARY}</text:p></office:annotation>"
    odt(
        "bold.odt",
        f"{gone}<text:h>Talk</text:h>"
        f'<text:p><text:span text:style-name="B">INT</text:span><text:tab/>How did{comment} you<text:s text:c="2"/>come{note}?</text:p>'
        '<text:p><text:span text:style-name="B">RES</text:span><text:tab/>By boat.<text:line-break/>On foot.</text:p>'
        '<text:p><text:span text:style-name="B">INT</text:span><text:tab/>I\n see.</text:p>'
        '<text:p><text:span text:style-name="B">RES</text:span><text:tab/>Yes.</text:p>',
    )
    rows = [("Speaker", "Text"), ("Ada", "How did you come?"), ("Bo", "By boat.")]
    odt(
        "table.odt",
        "<table:table>"
        + "".join(
            f"<table:table-row>{''.join(f'<table:table-cell><text:p>{c}</text:p></table:table-cell>' for c in row)}</table:table-row>"
            for row in rows
        )
        + "</table:table>",
    )


def make_xlsx() -> None:
    """Shared strings with a header; inline strings without, times as parts of a day."""
    ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml"

    def book(name: str, rows: str, strings: list[str], styles: str = "") -> None:
        override = "".join(
            f'<Override PartName="/xl/{part}" ContentType="{office}.{kind}+xml"/>'
            for part, kind in (
                ("workbook.xml", "sheet.main"),
                ("worksheets/sheet1.xml", "worksheet"),
                ("sharedStrings.xml", "sharedStrings"),
                ("styles.xml", "styles"),
            )
        )
        shared = "".join(f"<si><t>{s}</t></si>" for s in strings)
        pack(
            name,
            {
                "[Content_Types].xml": f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Default Extension="xml" ContentType="application/xml"/>{override}</Types>',
                "_rels/.rels": f'{XML}<Relationships xmlns="{package}"><Relationship Id="r" Type="{rel}/officeDocument" '
                'Target="xl/workbook.xml"/></Relationships>',
                "xl/workbook.xml": f'{XML}<workbook xmlns="{ns}" xmlns:r="{rel}"><sheets><sheet name="{CANARY}" sheetId="1" '
                'r:id="rId1"/></sheets></workbook>',
                "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{package}"><Relationship Id="rId1" '
                f'Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{rel}/sharedStrings" '
                f'Target="sharedStrings.xml"/><Relationship Id="rId3" Type="{rel}/styles" Target="styles.xml"/></Relationships>',
                "xl/sharedStrings.xml": f'{XML}<sst xmlns="{ns}">{shared}</sst>',
                "xl/styles.xml": f'{XML}<styleSheet xmlns="{ns}"><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill/></fill></fills>'
                f'<borders count="1"><border><left/></border></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>{styles}</styleSheet>',
                "xl/worksheets/sheet1.xml": f'{XML}<worksheet xmlns="{ns}"><sheetData>{rows}</sheetData></worksheet>',
                "docProps/core.xml": f"<x>{CANARY}</x>",
            },
        )

    strings = ["Speaker", "Text", "Time", "Ada", "How did you come?", "Bo", "By boat."]

    def s(place: str, i: int) -> str:
        return f'<c r="{place}" t="s"><v>{i}</v></c>'

    book(
        "header.xlsx",
        f'<row r="1">{s("A1", 2)}{s("B1", 0)}{s("C1", 1)}</row>'
        f'<row r="2"><c r="A2"><v>1.5</v></c>{s("B2", 3)}{s("C2", 4)}</row>'
        f'<row r="3"><c r="A3"><v>4</v></c>{s("B3", 5)}{s("C3", 6)}</row>',
        strings,
        '<cellXfs count="1"><xf/></cellXfs>',
    )

    def t(place: str, text: str) -> str:
        return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'

    book(
        "times.xlsx",
        f'<row r="1"><c r="A1" s="1"><v>{1 / 86400}</v></c>{t("B1", "INT")}{t("C1", "How did you come?")}</row>'
        f'<row r="2"><c r="A2" s="1"><v>{65 / 86400}</v></c>{t("B2", "RES")}{t("C2", "By boat, and it took a while.")}</row>'
        f'<row r="3"><c r="A3" s="1"><v>{3725 / 86400}</v></c>{t("B3", "INT")}{t("C3", "I see.")}</row>',
        [CANARY],
        '<cellXfs count="2"><xf/><xf numFmtId="21" applyNumberFormat="1"/></cellXfs>',
    )


def pdf(name: str, pages: list[list[tuple[int, str]]]) -> None:
    """A PDF of lines at heights, in one of the fourteen fonts that need no file."""
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{4 + 2 * i} 0 R' for i in range(len(pages)))}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for i, lines in enumerate(pages):
        text = "".join(
            "BT /F1 11 Tf 60 {} Td ({}) Tj ET\n".format(
                y, line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            )
            for y, line in lines
        ).encode("cp1252")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * i} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text))
    objects.append(f"<< /Author ({CANARY}) /Title ({CANARY}) >>".encode())
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        len(objects),
        start,
    )
    (HERE / name).write_bytes(bytes(out))


def make_pdf() -> None:
    """Labels over pages with running heads; heads with stamps."""
    foot = [(40, f"{CANARY} page {{}}")]
    bodies = [
        [(780, "Interviewer: How did you come"), (766, "to the café?"), (740, "Participant: By boat. [crosstalk]")],
        [(780, "It took a while (..) and then"), (766, "on foot."), (740, "Interviewer: I see.")],
        [(780, "Participant: Yes: really.")],
    ]
    pdf(
        "labels.pdf",
        [[*body, *((y, text.format(i)) for y, text in foot)] for i, body in enumerate(bodies, 1)],
    )
    pdf(
        "stamps.pdf",
        [
            [
                (780, "Ada Quill  0:04"),
                (766, "How did you come?"),
                (740, "Bo Reed  1:09"),
                (726, "By boat."),
                (712, "On foot."),
            ]
        ],
    )


if __name__ == "__main__":
    make_docx()
    make_odt()
    make_xlsx()
    make_pdf()
