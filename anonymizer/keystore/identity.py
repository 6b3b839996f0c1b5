"""A holder's identity file: an age secret key, under a passphrase (age's scrypt) or bare with mode 0600.

The work factor of a new file is chosen by the age library so that opening takes about a second on this computer. On
reading, more than 2^22 is refused: a hostile file must not burn the reader's memory.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from anonymizer.errors import DamagedError, NotAHolderError
from anonymizer.keystore import container
from anonymizer.keystore.fs import Fs, RealFs, guarded

if TYPE_CHECKING:
    from pyrage import x25519

MAX_IDENTITY_FILE = 64 << 10
MAX_WORK_FACTOR = 22
MAX_PASSPHRASE = 4096
WORDS = 10
_SCRYPT = re.compile(rb"age-encryption\.org/v1\n-> scrypt [A-Za-z0-9+/]{22} ([1-9][0-9]{0,18})\n")


def normalize_passphrase(text: str) -> str:
    """The passphrase as it is used: NFKC, because the same characters typed elsewhere may be other code points.

    Raises:
        NotAHolderError: Empty, or longer than 4096 characters.
    """
    text = unicodedata.normalize("NFKC", text)
    if not text:
        raise NotAHolderError("the passphrase is empty")
    if len(text) > MAX_PASSPHRASE:
        raise NotAHolderError(f"the passphrase is longer than {MAX_PASSPHRASE} characters")
    return text


def generate_passphrase(random: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Ten pronounceable words, 160 bits: proquints (arXiv:0901.4016), each 16 random bits."""
    consonants, vowels = "bdfghjklmnprstvz", "aiou"
    words = []
    for _ in range(WORDS):
        bits = int.from_bytes(random(2), "big")
        words.append(
            consonants[bits >> 12]
            + vowels[bits >> 10 & 3]
            + consonants[bits >> 6 & 15]
            + vowels[bits >> 4 & 3]
            + consonants[bits & 15]
        )
    return " ".join(words)


def create_identity(path: Path, passphrase: str | None, fs: Fs | None = None) -> str:
    """Write a new identity file and return its public recipient, ``age1...``.

    Args:
        path: Must not exist.
        passphrase: None for a bare file, which anybody who can read it can use.

    Raises:
        OutputError: The name is taken, or the file cannot be written.
        NotAHolderError: The passphrase is empty or absurdly long.
    """
    import pyrage

    fs = fs or RealFs()
    identity = pyrage.x25519.Identity.generate()
    text = f"# public key: {identity.to_public()}\n{identity}\n".encode()
    if passphrase is not None:
        text = bytes(pyrage.passphrase.encrypt(text, normalize_passphrase(passphrase)))
    with guarded(path):
        fs.create(path, text)
        fs.fsync(path)
        fs.fsync_folder(path.parent)
    return str(identity.to_public())


def load_identity(path: Path, passphrase: Callable[[], str] | None = None, fs: Fs | None = None) -> x25519.Identity:
    """Read an identity file; asks for the passphrase only when the file has one.

    Raises:
        NotAHolderError: Missing; wrong passphrase; no way to ask for it; a bare file that others may read.
        DamagedError: Not an identity file, or one with an absurd work factor.
    """
    fs = fs or RealFs()
    if not fs.exists(path):
        raise NotAHolderError(
            "there is no such identity file", file=path, hint="anonymizer key identity NAME makes one; --identity FILE"
        )
    with guarded(path, "cannot be read"):
        data = fs.read(path, MAX_IDENTITY_FILE)
    if data.startswith(container.MAGIC):
        return _parse(_unlock(data, path, passphrase), path)
    if isinstance(fs, RealFs) and path.stat().st_mode & 0o077:
        raise NotAHolderError(
            "is not protected by a passphrase and may be read by others", file=path, hint="chmod 600, or make a new one"
        )
    return _parse(data, path)


def _unlock(data: bytes, path: Path, passphrase: Callable[[], str] | None) -> bytes:
    import pyrage

    container.check_header(data)
    header = _SCRYPT.match(data)
    if header is None:
        raise DamagedError("is an age file but not one under a passphrase", file=path)
    if int(header[1]) > MAX_WORK_FACTOR:
        raise DamagedError("asks for more work than this program is willing to do", file=path)
    if passphrase is None:
        raise NotAHolderError("the identity file needs a passphrase", file=path, hint="--passphrase-file FILE")
    try:
        return bytes(pyrage.passphrase.decrypt(data, normalize_passphrase(passphrase())))
    except pyrage.DecryptError:
        # a changed file and a wrong passphrase look the same to age
        raise NotAHolderError("wrong passphrase, or the identity file is damaged", file=path) from None


def _parse(data: bytes, path: Path) -> x25519.Identity:
    import pyrage

    lines = [line for line in data.splitlines() if line.strip() and not line.startswith(b"#")]
    if len(lines) == 1:
        try:
            return pyrage.x25519.Identity.from_str(lines[0].decode("ascii"))
        except (pyrage.IdentityError, UnicodeDecodeError):
            pass
    raise DamagedError("is not an identity file: one line AGE-SECRET-KEY-1...", file=path)
