"""Read an interview protocol from what researchers have: text, Markdown, DOCX, ODT, or a hand-written protocol.yaml."""

from __future__ import annotations

from pathlib import Path

from anonymizer.errors import ProtocolError
from anonymizer.protocol.lines import decode, markdown_lines, text_lines
from anonymizer.protocol.model import Protocol
from anonymizer.protocol.outline import build

MAX_BYTES = 20 * 1024 * 1024
SUFFIXES = (".txt", ".text", ".md", ".markdown", ".docx", ".odt", ".yaml", ".yml")


def parse_protocol(data: bytes, name: str) -> Protocol:
    """Read a protocol from bytes; the name's suffix says which format.

    Raises:
        ProtocolError: Unknown format, damaged, no questions, or a number that stands twice; names the line.
    """
    suffix = Path(name).suffix.lower()
    if len(data) > MAX_BYTES:
        raise ProtocolError("the protocol is larger than 20 MiB", file=name, hint="remove pictures from the document")
    if suffix in (".yaml", ".yml"):
        from anonymizer.protocol.override import parse_override

        return parse_override(data, name)
    if suffix == ".docx":
        from anonymizer.protocol.word import docx_lines

        return build(docx_lines(data, name), name)
    if suffix == ".odt":
        from anonymizer.protocol.opendocument import odt_lines

        return build(odt_lines(data, name), name)
    if suffix in (".md", ".markdown"):
        return build(markdown_lines(decode(data, name)), name)
    if suffix in (".txt", ".text", ""):
        return build(text_lines(decode(data, name)), name)
    raise ProtocolError(
        f"protocols of the format {suffix} are not read", file=name, hint=f"save it as one of {', '.join(SUFFIXES)}"
    )


def override_of(path: Path) -> Path | None:
    """The hand-written ``protocol.yaml`` that overrides ``protocol.docx`` beside it, or None."""
    if path.suffix.lower() in (".yaml", ".yml"):
        return None
    beside = path.with_suffix(".yaml")
    return beside if beside.is_file() else None


def read_protocol(path: Path) -> Protocol:
    """Read a protocol document; a ``.yaml`` of the same name beside it is read instead.

    Args:
        path: ``.txt``, ``.md``, ``.docx``, ``.odt`` or ``.yaml``.

    Raises:
        ProtocolError: It cannot be read or understood; names the line.
    """
    source = override_of(path) or path
    try:
        data = source.read_bytes()
    except OSError:
        raise ProtocolError("the protocol cannot be read", file=source) from None
    return parse_protocol(data, source.name)
