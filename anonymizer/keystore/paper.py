"""The shred secret on paper: so that a lost stick does not end the study, and burning it is part of the end.

The text is written to standard output only; a file would be one more copy on a disk. The key carries its own checksum
(Bech32), so a misread character is noticed when it is typed back in.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from anonymizer.errors import ShredError
from anonymizer.keystore.shred import Slot

if TYPE_CHECKING:
    from pyrage import x25519

GROUP = 4
PER_LINE = 6


def render_paper(study: str, slot: Slot, *, qr: bool = True) -> str:
    """The page to print: the secret in groups of four, and as a QR code where the segno library is installed."""
    secret = str(slot.identity)
    groups = [secret[i : i + GROUP] for i in range(0, len(secret), GROUP)]
    rows = [" ".join(groups[i : i + PER_LINE]) for i in range(0, len(groups), PER_LINE)]
    lines = [
        f"SHRED SECRET of study {study}, number {slot.counter}",
        "Keep this page in a safe, apart from every copy of study.key. Whoever has this page, a copy of study.key",
        "and a holder's identity can read the key. Burn it when a page with a higher number is printed, and when the",
        "key is destroyed.",
        "",
        *(f"  {number}  {row}" for number, row in enumerate(rows, 1)),
        "",
        "To restore: anonymizer key paper --restore",
    ]
    text = "\n".join(lines) + "\n"
    return text + ("\n" + _qr(secret) if qr else "")


def _qr(secret: str) -> str:
    import segno

    out = io.StringIO()
    segno.make(secret, error="q", micro=False).terminal(out=out, compact=True)
    return out.getvalue()


def parse_paper(text: str) -> x25519.Identity:
    """Read a typed or scanned secret; line numbers, spaces and case do not matter.

    Raises:
        ShredError: A character is wrong or missing.
    """
    import pyrage

    words = [word for line in text.upper().splitlines() for word in _without_number(line.split())]
    try:
        return pyrage.x25519.Identity.from_str("".join(words))
    except pyrage.IdentityError:
        raise ShredError("the typed secret is not right: a character is wrong or missing") from None


def _without_number(words: list[str]) -> list[str]:
    return words[1:] if words and len(words[0]) == 1 and words[0].isdigit() else words
