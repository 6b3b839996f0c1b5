"""The two layers of ``study.key``: ``age(shred secret){ age(holders){ document } }``, through pyrage.

pyrage has one exception class, so causes are told apart as DESIGN.md says: an outer layer that the shred secret does
not match is :class:`ShredError`, an inner layer that the identity does not match :class:`NotAHolderError`, everything
else :class:`DamagedError`. Files open with the stock ``age`` program::

    age -d -i study.shred study.key | age -d -i alice.txt
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from anonymizer.errors import DamagedError, NotAHolderError, ShredError

if TYPE_CHECKING:
    from pyrage import x25519

MAX_HOLDERS = 32
MAX_DOCUMENT = 256 << 20
# two headers and one 16-byte tag per 64 KiB chunk, twice
MAX_STORE = MAX_DOCUMENT + (MAX_DOCUMENT >> 11) + (64 << 10)
# a header of 32 X25519 stanzas has about 3.5 KiB; without this limit a file of stanzas only keeps the parser busy
MAX_HEADER = 16 << 10
MAGIC = b"age-encryption.org/v1\n"
_HEADER = re.compile(
    rb"age-encryption\.org/v1\n"
    rb"(?:-> [!-~]+(?: [!-~]+)*\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)+"
    rb"--- [A-Za-z0-9+/]{43}\n"
)
_NO_MATCH = "No matching keys found"


class NoMatch(Exception):  # noqa: N818
    """The file is not for this key. Internal: each caller says what that means there."""


def encrypt(data: bytes, recipients: Sequence[str]) -> bytes:
    """Seal to one or more age recipients; fresh keys each time, so nothing is ever encrypted twice under one key.

    Raises:
        DamagedError: A recipient is not an age X25519 recipient.
    """
    import pyrage

    try:
        parsed = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
        return bytes(pyrage.encrypt(data, parsed))
    except (pyrage.RecipientError, pyrage.EncryptError):
        raise DamagedError("a holder's recipient is not an age recipient") from None


def decrypt(data: bytes, identity: x25519.Identity) -> bytes:
    """Open one layer, whole or not at all.

    Raises:
        NoMatch: Not for this identity.
        DamagedError: Not an age file, cut, changed, or with an absurd header.
    """
    import pyrage

    check_header(data)
    try:
        return bytes(pyrage.decrypt(data, [identity]))
    except pyrage.DecryptError as error:
        if str(error) == _NO_MATCH:
            raise NoMatch from None
    except BaseException as error:
        # a Rust panic is a BaseException of a class that cannot be imported; it must not leave this room as such
        if type(error).__name__ != "PanicException":
            raise
    raise DamagedError("is damaged or forged")


def check_header(data: bytes) -> None:
    """Refuse a header that the age specification does not allow; the library lets a stanza without body pass.

    Raises:
        DamagedError: Not an age file in binary form, or its header is malformed or absurdly long.
    """
    if _HEADER.match(data[:MAX_HEADER]) is None:
        raise DamagedError("is not an age file, or its header is damaged")


def seal(document: bytes, holders: Sequence[str], shred: str) -> bytes:
    """The bytes of study.key.

    Args:
        document: As :func:`anonymizer.keystore.document.to_bytes` gives it.
        holders: Recipients of the inner layer.
        shred: Recipient of the outer layer.
    """
    return encrypt(encrypt(document, holders), [shred])


def open_outer(data: bytes, shred: x25519.Identity) -> bytes:
    """Open the outer layer.

    Raises:
        ShredError: The shred secret does not fit.
        DamagedError: Anything else.
    """
    try:
        return decrypt(data, shred)
    except NoMatch:
        raise ShredError(
            "the shred secret does not fit this key store",
            hint="an older copy of the key store cannot be opened after a rotation or a withdrawal",
        ) from None


def open_inner(data: bytes, identity: x25519.Identity) -> bytes:
    """Open the inner layer.

    Raises:
        NotAHolderError: The identity is not among the holders.
        DamagedError: Anything else.
    """
    try:
        return decrypt(data, identity)
    except NoMatch:
        raise NotAHolderError(
            "this identity is not among the holders", hint="a holder can add it: anonymizer key holder add NAME age1..."
        ) from None
