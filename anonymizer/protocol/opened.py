"""Parts of a zipped document, with limits: these files come from other people."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from anonymizer.errors import ProtocolError

MAX_PART = 32 * 1024 * 1024


def part(data: bytes, name: str, file: str, *, needed: bool = True) -> Any:
    """The root element of one XML part, or None if it is not there and not needed.

    Raises:
        ProtocolError: Not a zip file, no such part, larger than 32 MiB unpacked, or XML with entities.
    """
    from xml.etree.ElementTree import ParseError

    import defusedxml.ElementTree
    from defusedxml import DefusedXmlException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            try:
                with archive.open(name) as source:
                    # the size in the directory may lie: read no more than allowed
                    content = source.read(MAX_PART + 1)
            except KeyError:
                if needed:
                    raise ProtocolError("not a document of this kind", file=file) from None
                return None
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
        raise ProtocolError("the document is damaged or protected with a password", file=file) from None
    except Exception as error:
        # zlib.error and lzma.LZMAError have no common base
        if isinstance(error, ProtocolError):
            raise
        raise ProtocolError("the document is damaged", file=file) from None
    if len(content) > MAX_PART:
        raise ProtocolError("the document is too large", file=file)
    try:
        return defusedxml.ElementTree.fromstring(content)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise ProtocolError("the document is damaged", file=file) from None
