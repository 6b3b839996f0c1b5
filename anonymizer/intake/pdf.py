"""PDF with a text layer. Scans have none and are refused; running heads and page numbers are left out."""

from __future__ import annotations

import io
import re
from collections import Counter

from anonymizer.errors import IntakeError
from anonymizer.intake.layout import turns
from anonymizer.intake.plain import paragraphs
from anonymizer.intake.source import Source
from anonymizer.intake.text import clean
from anonymizer.transcript import Turn

FORMAT = "pdf"
_MAX_PAGES = 2000
_MAX_BYTES = 50 * 1024 * 1024
_MAX_CHARACTERS = 20_000_000


def matches(source: Source) -> bool:
    """``%PDF-`` in the first kilobyte."""
    return b"%PDF-" in source.data[:1024]


def read(source: Source) -> tuple[Turn, ...]:
    """Read the pages' lines; the space between lines tells paragraphs.

    Raises:
        IntakeError: A password, no text layer, too large, damaged; stamps or labels that are not understood (the line
            is counted over all pages).
    """
    pages = _pages(source)
    if not any(line.strip() for page in pages for line in page):
        source.refuse("a PDF without text, perhaps a scan", hint="ask for the text, or OCR it first")
    kept = _without_running_heads(pages)
    return turns(source, paragraphs(clean("\n".join(line for page in kept for line in page))))


def _pages(source: Source) -> list[list[str]]:
    import logging

    from pypdf import PdfReader

    if len(source.data) > _MAX_BYTES:
        source.refuse("a PDF of more than 50 MB")
    # the library's warnings quote what it reads
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    pages: list[list[str]] = []
    size = 0
    try:
        reader = PdfReader(io.BytesIO(source.data), strict=False)
        if reader.is_encrypted:
            source.refuse("protected with a password", hint="save it without a password")
        if len(reader.pages) > _MAX_PAGES:
            source.refuse("a PDF of more than 2,000 pages")
        for page in reader.pages:
            text = page.extract_text(extraction_mode="layout", layout_mode_space_vertically=True) or ""
            size += len(text)
            if size > _MAX_CHARACTERS:
                source.refuse("more text than a transcript has")
            pages.append(text.split("\n"))
    except IntakeError:
        raise
    except Exception as error:  # noqa: BLE001
        # the library raises whatever its parsers do, and its messages quote the file
        source.refuse(f"a PDF that cannot be read ({type(error).__name__})", hint="export it as DOCX or TXT")
    return pages


def _without_running_heads(pages: list[list[str]]) -> list[list[str]]:
    """Leave out the first and last line of pages where it is the same, digits aside, on most of them."""

    def key(line: str) -> str:
        return re.sub(r"\d+", "9", " ".join(line.split()))

    filled = [[i for i, line in enumerate(page) if line.strip()] for page in pages]
    out = [list(page) for page in pages]
    for end in (0, -1):
        edges = Counter(key(page[at[end]]) for page, at in zip(pages, filled, strict=True) if at)
        for page, at in zip(out, filled, strict=True):
            if not at:
                continue
            text = key(page[at[end]])
            lone_number = re.fullmatch(r"(?:\w+ )?9(?: ?(?:/|\w+) ?9)?", text) is not None and len(text) <= 16
            if (edges[text] >= max(3, 0.6 * len(pages)) and len(text) <= 100) or (lone_number and len(pages) > 1):
                page[at[end]] = ""
    return out
