"""Bytes to text without guessing silently, and the characters that may not pass from a service's file."""

from __future__ import annotations

import codecs
import re
import unicodedata

from anonymizer.errors import IntakeError

_BOMS = (
    # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MULTIBYTE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SAMPLE = 1 << 16

# Bidirectional controls turn "(moc.elpmaxe@ana)" into an address on screen, and back in the file; zero-width space,
# word joiner, byte order mark and soft hyphen split a name in two for every search. None is speech.
_REMOVED = dict.fromkeys(
    [
        *range(0x09), *range(0x0E, 0x20), 0x7F, *range(0x80, 0x85), *range(0x86, 0xA0),
        0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x2070), 0xFEFF,
        *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080),
    ]
)  # fmt: skip
_REPLACED: dict[int, str] = {
    0x0B: "\n",
    0x0C: "\n",
    0x85: "\n",
    0x2028: "\n",
    0x2029: "\n",
    0xA0: " ",
    0x2007: " ",
    0x202F: " ",
}
_CLEAN: dict[int, str | None] = {**_REMOVED, **_REPLACED}


def decode(data: bytes, file: str) -> str:
    """Decode a text file.

    A byte order mark decides; otherwise UTF-8; otherwise UTF-16 told by its zero bytes; otherwise the single-byte
    encoding that charset-normalizer finds plausible.

    Raises:
        IntakeError: Null bytes, a broken encoding, two encodings in one file (with the line), or none that fits.
    """
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None) or _utf16(data[:4096])
    if encoding is None:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            if _MULTIBYTE.search(data):
                raise IntakeError(
                    "mixed encodings: most is UTF-8, this line is not",
                    file=file,
                    line=line,
                    hint="save the file as UTF-8 in an editor and look at this line",
                ) from None
            text = _guessed(data, file)
    else:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            raise IntakeError(
                f"begins like {encoding.upper().removesuffix('-SIG')} but is not valid {encoding.upper()}",
                file=file,
                hint="the file may be cut off or damaged",
            ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise IntakeError("holds null bytes: not a text file", file=file, line=line)
    return text


def _utf16(head: bytes) -> str | None:
    if len(head) < 8:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _guessed(data: bytes, file: str) -> str:
    from charset_normalizer import from_bytes

    matches = list(from_bytes(data[:_SAMPLE]))
    if matches:
        # among the least messy ones the most language-like; the Western European one where they are level, which the
        # library lists behind the Central European one
        least = min(match.chaos for match in matches)
        likely = [match for match in matches if match.chaos <= least + 0.001]
        highest = max(match.coherence for match in likely)
        level = [match for match in likely if match.coherence >= highest - 0.001]
        names = [match.encoding for match in level]
        known = {*names, *(name for match in level for name in match.could_be_from_charset)}
        for encoding in (["cp1252"] if "cp1252" in known else []) + names:
            try:
                return data.decode(encoding)
            except (UnicodeDecodeError, LookupError):
                continue
    raise IntakeError("the encoding is not recognised", file=file, hint="save the file as UTF-8")


def clean(text: str) -> str:
    """Text of a service's file: line feeds, composed (NFC), without control, bidirectional and zero-width marks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii() or _CONTROL.search(text):
        text = unicodedata.normalize("NFC", text.translate(_CLEAN))
    return text


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def one_line(text: str) -> str:
    """Cleaned text with every run of white space as one space."""
    return " ".join(clean(text).split())
