"""Whatever a file holds, a reader gives a transcript or an IntakeError, soon, and nothing else.

Inputs are the specimens, changed: bytes flipped, cut, doubled, spliced, runs of one byte, other formats' pieces; for
archives the same inside their members, packed again. ``make test-long`` runs more of them; the seed is printed.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import signal
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from anonymizer.errors import IntakeError
from anonymizer.intake.reader import read_bytes

FOLDER = Path(__file__).parent / "specimens"
NAMES = sorted(json.loads((FOLDER / "expected.json").read_text()))
SPECIMENS = {name: (FOLDER / name).read_bytes() for name in NAMES}
SEED = 20260131
SECONDS = 10.0
SPLICES = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"-->", b"<v ", b"<!ENTITY a 'b'>", b"&a;", b"{", b"[", b'"', b"\\u",
    b"\x15", b"00:00:00", b"99:99:99.999 --> 00", b"<w:p>", b"</w:p>", b"1e999", b"-1", b"null", b"NaN", b"@",
    b"\\bin99999999 ", b"\\u-1?", b"*X:\t", b'text = "', b"<exists>", b"9" * 400, b"\xed\xa0\x80", b"(" * 300,
    "\u202e\u200b".encode(), b" " * 3000, b"\n" * 300, b"a:" * 200, b"[0:" * 100,
)  # fmt: skip


def mutated(data: bytes, random_: random.Random) -> bytes:
    """A few random changes."""
    out = bytearray(data)
    for _ in range(random_.randint(1, 4)):
        at = random_.randrange(len(out) + 1)
        kind = random_.randrange(8)
        if kind == 0 and out:
            out[at % len(out)] = random_.randrange(256)
        elif kind == 1:
            del out[at:]
        elif kind == 2:
            del out[at : at + random_.randint(1, 60)]
        elif kind == 3:
            out[at:at] = random_.choice(SPLICES)
        elif kind == 4:
            piece = out[at : at + random_.randint(1, 200)]
            out[at:at] = piece * random_.randint(1, 8)
        elif kind == 5:
            other = SPECIMENS[random_.choice(NAMES)]
            start = random_.randrange(len(other))
            out[at:at] = other[start : start + random_.randint(1, 300)]
        elif kind == 6 and out:
            out[at % len(out)] ^= 1 << random_.randrange(8)
        else:
            out[at:at] = bytes(random_.randrange(256) for _ in range(random_.randint(1, 20)))
    return bytes(out)


def mutated_specimen(name: str, random_: random.Random) -> bytes:
    """A changed specimen; of archives mostly a member, so that what is inside is reached."""
    data = SPECIMENS[name]
    if not data.startswith(b"PK") or random_.random() < 0.2:
        return mutated(data, random_)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as changed:
        members = archive.namelist()
        target = random_.choice([m for m in members if m.endswith(".xml")])
        for member in members:
            body = archive.read(member)
            changed.writestr(member, mutated(body, random_) if member == target else body)
    return out.getvalue()


def check(data: bytes, name: str) -> None:
    """Read, within the time; anything but a transcript or an IntakeError is a failure."""
    with _within(SECONDS):
        try:
            transcript = read_bytes(data, name)
        except IntakeError:
            return
    assert transcript.turns
    assert [t.index for t in transcript] == list(range(len(transcript.turns)))
    for turn in transcript:
        turn.text.encode()
        (turn.speaker or "").encode()


class _TooSlowError(BaseException):
    """Not an Exception, so that no reader can take it for a library's."""


@contextlib.contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer, patterns that try too many ways included."""

    def interrupt(_number: int, _frame: object) -> None:
        raise _TooSlowError

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run(name: str, inputs: int, seed: int) -> None:
    """Try a number of inputs; a failure names the seed and number that make it again."""
    for number in range(inputs):
        random_ = random.Random(f"{seed}-{name}-{number}")
        data = mutated_specimen(name, random_)
        try:
            check(data, random_.choice([name, "x", "x.txt", "x.csv"]))
        except (Exception, _TooSlowError) as error:
            raise AssertionError(f"seed {seed}, {name}, input {number}: {type(error).__name__}") from error


@pytest.mark.parametrize("name", NAMES)
def test_changed_specimen(name: str) -> None:
    """40 changed copies of each specimen, the same ones in each run."""
    run(name, 40, SEED)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_changed_specimen_long(name: str) -> None:
    """2,000 changed copies of each specimen, other ones in each run."""
    seed = random.SystemRandom().randrange(10**9)
    sys.stdout.write(f"seed {seed}\n")
    run(name, 2000, seed)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(b"\x00" * 1000)
@example(b"{" * 100_000)
@example(b"[" * 100_000)
@example(b'{"turns":' * 50_000)
@example(b"WEBVTT\n\n" + b"<v " * 50_000)
@example(b"1\n00:00:00,000 --> 00:00:01,000\n" + b"<" * 50_000)
@example(b"{\\rtf1" + b"{" * 50_000)
@example(b"<a" * 50_000 + b'<a name="ts_1')
@example(("Ada: " * 20_000).encode())
@example((" " * 200_000 + ":").encode())
@example(("a" * 200_000).encode())
@example(("0:0" * 50_000).encode())
@example(("A" + " -" * 50_000).encode())
@example((("x" * 60 + "\n") * 2000).encode())
@example(("\u0301" * 20_000).encode())
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_anything(data: bytes) -> None:
    """Any bytes at all, deep nesting and repetitions that make careless patterns slow."""
    check(data, "x")


@pytest.mark.long
@settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(
            ["Ada", "Bo Reed", "I", ":", " ", "\n", "\n\n", "\t", "0:04", "[00:00:04]", "(", ")", "-", "-->", "**",
             "#", "|", ";", "text", "speaker", "WEBVTT", "1", "\u200b", "<v ", ">", "é", "00:01,5", "Speaker 1",
             "2024", ".", ","]
        ),
        max_size=40,
    ).map("".join)
)  # fmt: skip
def test_any_layout(text: str) -> None:
    """Random lines of the pieces that heads are made of."""
    check(text.encode(), "x.txt")
