"""Read a received transcript: recognised by its content, refused when it is only half understood."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from anonymizer.errors import IntakeError
from anonymizer.intake.source import Source, read_file
from anonymizer.transcript import Transcript, Turn

# in the order of trial; the last takes whatever is text
READERS = (
    "docx",
    "odt",
    "xlsx",
    "rtf",
    "pdf",
    "canonical",
    "whisper",
    "aws",
    "deepgram",
    "assemblyai",
    "revai",
    "watson",
    "google",
    "otranscribe",
    "noscribe",
    "elan",
    "exmaralda",
    "vtt",
    "subrip",
    "textgrid",
    "chat",
    "sheet",
    "plain",
)


def _readers() -> Iterator[ModuleType]:
    # one at a time: most files need no more than two of them
    for name in READERS:
        yield importlib.import_module(f"anonymizer.intake.{name}")


def read(path: Path, *, follow_links: bool = False) -> Transcript:
    """Read a received file.

    Args:
        path: A regular file of at most 200 MB.
        follow_links: Whether ``path`` may be a symbolic link: only where the user named the file.

    Raises:
        IntakeError: Unreadable, of no known format, or understood only in part; says where.
    """
    return read_bytes(read_file(path, follow_links=follow_links), path.name)


def read_bytes(data: bytes, name: str) -> Transcript:
    """Read a received file's bytes.

    Args:
        data: At most 200 MB.
        name: File name. Its extension is only a hint; its stem becomes the transcript's name.

    Raises:
        IntakeError: As for :func:`read`.
    """
    source = Source(data, Path(name).name)
    if not data.strip():
        source.refuse("the file is empty")
    try:
        for reader in _readers():
            if reader.matches(source):
                turns: tuple[Turn, ...] = reader.read(source)
                if not turns:
                    source.refuse("a transcript without turns")
                return Transcript(source.stem, turns, reader.FORMAT)
    except IntakeError:
        raise
    except RecursionError:
        source.refuse("nested too deeply")
    except MemoryError:
        source.refuse("does not fit into memory")
    raise source.error("not a transcript in any known format", hint="docs/formats.md lists the formats")
