"""ZIP containers (DOCX, ODT, XLSX) and the XML in them, read within bounds."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder

from anonymizer.errors import IntakeError

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
MAX_ENTRIES = 5000
MAX_UNPACKED = 400 * 1024 * 1024
MAX_XML = 100 * 1024 * 1024
MAX_RATIO = 250
MAX_DEPTH = 200
MAX_ELEMENTS = 4_000_000


class Archive:
    """A ZIP archive whose table of contents was checked before anything is unpacked.

    Raises:
        IntakeError: Damaged, encrypted, too many or too large members, a compression ratio no text reaches, names
            that leave the archive, links, or two members of one name.
    """

    def __init__(self, data: bytes, file: str) -> None:
        self._file = file
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            members = self._zip.infolist()
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            ValueError,
            OSError,
            NotImplementedError,
            OverflowError,
            RuntimeError,
        ):
            raise IntakeError("a damaged archive", file=file, hint="the file may be cut off") from None
        if len(members) > MAX_ENTRIES:
            raise IntakeError("an archive of too many members", file=file)
        self._names: dict[str, str] = {}
        total = 0
        for member in members:
            name = member.filename
            parts = name.replace("\\", "/").split("/")
            if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
                raise IntakeError("an archive with a member that would lie outside of it", file=file)
            if stat.S_ISLNK(member.external_attr >> 16):
                raise IntakeError("an archive with a symbolic link in it", file=file)
            if member.flag_bits & 0x1:
                raise IntakeError("an encrypted archive", file=file, hint="save it without a password")
            # two members of one name: one program shows the first, another the last
            if name.lower() in self._names:
                raise IntakeError("an archive with two members of one name", file=file)
            self._names[name.lower()] = name
            total += member.file_size
            if total > MAX_UNPACKED or (
                member.file_size > 1 << 20 and member.file_size > MAX_RATIO * max(member.compress_size, 1)
            ):
                raise IntakeError("unpacks to far more than a transcript: a zip bomb", file=file)

    @property
    def names(self) -> frozenset[str]:
        """Members' names in lower case."""
        return frozenset(self._names)

    def read(self, name: str) -> bytes:
        """A member's bytes; empty if there is none.

        Raises:
            IntakeError: Damaged, or larger than 100 MB.
        """
        actual = self._names.get(name.lower())
        if actual is None:
            return b""
        if self._zip.getinfo(actual).file_size > MAX_XML:
            raise IntakeError("a part of the document is larger than 100 MB", file=self._file)
        try:
            with self._zip.open(actual) as stream:
                data = stream.read(MAX_XML + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
            raise IntakeError("a damaged archive", file=self._file, hint="the file may be cut off") from None
        return data

    def xml(self, name: str) -> Element | None:
        """A member as XML, or None if there is none."""
        data = self.read(name)
        return parse_xml(data, self._file) if data else None


class _Bounded(TreeBuilder):
    """Builds a tree of bounded depth and size: code that walks it recursively, and memory, stay within bounds."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._count = 0

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise _TooMuchError
        return super().start(tag, attrs)

    def end(self, tag: Any, /) -> Element:
        self._depth -= 1
        return super().end(tag)


class _TooMuchError(Exception):
    pass


def parse_xml(data: bytes, file: str) -> Element:
    """XML without document types, entities or external references.

    Raises:
        IntakeError: Not well-formed (with the line), a document type or entity, nested too deeply, or too large.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser, ParseError

    if len(data) > MAX_XML:
        raise IntakeError("XML of more than 100 MB", file=file)
    parser = DefusedXMLParser(target=_Bounded(), forbid_dtd=False, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException:
        raise IntakeError("XML with entities or external references of its own", file=file) from None
    except _TooMuchError:
        raise IntakeError("XML nested too deeply or too large", file=file) from None
    except ParseError as error:
        raise IntakeError("not well-formed XML", file=file, line=error.position[0]) from None
    except (ValueError, LookupError, RecursionError):
        raise IntakeError("XML in an unknown encoding", file=file) from None
    return root


def parse_xml_text(text: str, file: str) -> Element:
    """XML that is decoded already; the encoding that its declaration names does not count any more."""
    return parse_xml(_DECLARATION.sub("", text.lstrip("\ufeff"), count=1).encode("utf-8", "replace"), file)
