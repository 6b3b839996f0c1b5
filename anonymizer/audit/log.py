"""``STUDY/audit/log.jsonl``: value-free signed lines, each bound to the one before.

A line is canonical JSON: ``seq`` from 1, ``time``, ``act``, ``who`` (a holder's id), ``gen`` (the generation of the key
store that the act leads to), ``data`` (codes, random ids, counts, rules, keyed digests), ``prev`` (SHA-256 of the line
before, without its newline) and ``sig`` (Ed25519 over the line without ``sig``). The first line, ``init``, carries the
study's id and the first holder's public key; ``holder-add`` lines, signed by a holder, carry further ones.

The chain shows changes. It does not show a cut end or an exchanged whole: for that the sealed store keeps the head,
this computer keeps a pin, and the certificate keeps the last head. :func:`verify_log` needs no secret.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonymizer.errors import DamagedError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Value = str | int | float | bool
ZERO = "0" * 64
DOMAIN = b"anonymizer log v1\n"
MAX_LINE = 4096
MAX_LOG = 256 << 20
_KEYS = {"seq", "time", "act", "who", "gen", "data", "prev", "sig"}
_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Head:
    """The last line that counts: its number and the SHA-256 of its bytes."""

    seq: int = 0
    digest: str = ZERO


@dataclass(frozen=True, slots=True)
class Line:
    """One entry.

    Attributes:
        seq: From 1.
        time: UTC, ISO 8601, seconds.
        act: ``init``, ``run``, ``withdraw`` ...
        who: Id of the holder who signed.
        gen: Generation of the store that the act leads to.
        data: Fields.
        prev: Digest of the line before.
        digest: Digest of this line.
        end: Offset of the byte after its newline.
        signed: The bytes under the signature.
        sig: The signature.
    """

    seq: int
    time: str
    act: str
    who: str
    gen: int
    data: Mapping[str, Value]
    prev: str
    digest: str
    end: int
    signed: bytes = field(repr=False)
    sig: bytes = field(repr=False)

    @property
    def head(self) -> Head:
        """This line as a head."""
        return Head(self.seq, self.digest)


@dataclass(frozen=True, slots=True)
class LogReport:
    """What :func:`verify_log` found.

    Attributes:
        lines: Whole lines read.
        problems: (line number or 0, what is wrong), in order; empty if nothing is.
        head: The last whole line.
        study: Study id from the first line.
        holders: Public signing keys (hex) by holder id, removed ones included.
        torn: True if a line without end follows; it is overwritten by the next entry.
        ahead: Lines after the given head: acts that were logged and then interrupted, or a store older than its log.
        counts: Number of lines by act.
    """

    lines: int = 0
    problems: tuple[tuple[int, str], ...] = ()
    head: Head = Head()
    study: str = ""
    holders: Mapping[str, str] = field(default_factory=dict)
    torn: bool = False
    ahead: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True if nothing is wrong."""
        return not self.problems


def canonical(value: Any) -> bytes:
    """Canonical JSON: UTF-8, sorted keys, no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def make_line(
    head: Head,
    *,
    time: str,
    act: str,
    who: str,
    gen: int,
    data: Mapping[str, Value],
    key: Ed25519PrivateKey,
) -> tuple[bytes, Head]:
    """The next line, newline included, and the head after it.

    Raises:
        DamagedError: The entry has a field that does not fit a log line. Quotes no value.
    """
    if not _SLUG.fullmatch(act) or not all(_SLUG.fullmatch(name) for name in data):
        raise DamagedError("a log entry's act or field has a name that does not fit")
    if not all(isinstance(value, str | int | float) for value in data.values()):
        raise DamagedError(f"a field of the log entry {act} is neither text nor number")
    body = {
        "seq": head.seq + 1,
        "time": time,
        "act": act,
        "who": who,
        "gen": gen,
        "data": dict(data),
        "prev": head.digest,
    }
    try:
        signed = canonical(body)
    except (ValueError, UnicodeEncodeError):
        raise DamagedError(f"a field of the log entry {act} cannot be written") from None
    body["sig"] = base64.b64encode(key.sign(DOMAIN + signed)).decode("ascii")
    line = canonical(body)
    if len(line) > MAX_LINE:
        raise DamagedError(f"the log entry {act} is too long")
    return line + b"\n", Head(head.seq + 1, hashlib.sha256(line).hexdigest())


def parse_log(data: bytes) -> tuple[list[Line], list[tuple[int, str]], bool]:
    """Read lines without judging the chain.

    Returns:
        The lines up to the first unreadable one; problems; whether a torn line follows the last whole one.
    """
    lines: list[Line] = []
    offset = 0
    while offset < len(data):
        end = data.find(b"\n", offset)
        if end < 0:
            return lines, [], True
        line = _parse_line(data[offset:end], end + 1)
        if line is None:
            if end + 1 == len(data) and b"\0" in data[offset:end]:
                # a crash may leave a hole of zeros in the last line; any other unreadable line was changed
                return lines, [], True
            return lines, [(len(lines) + 1, "is not a log line")], False
        lines.append(line)
        offset = end + 1
    return lines, [], False


def _parse_line(raw: bytes, end: int) -> Line | None:
    if len(raw) > MAX_LINE:
        return None
    try:
        body = json.loads(raw)
        if not isinstance(body, dict) or set(body) != _KEYS or canonical(body) != raw:
            return None
        sig = base64.b64decode(body.pop("sig"), validate=True)
        if not isinstance(body["seq"], int) or not isinstance(body["gen"], int) or not isinstance(body["data"], dict):
            return None
        if not all(isinstance(body[name], str) for name in ("time", "act", "who", "prev")):
            return None
        return Line(
            body["seq"],
            body["time"],
            body["act"],
            body["who"],
            body["gen"],
            body["data"],
            body["prev"],
            hashlib.sha256(raw).hexdigest(),
            end,
            canonical(body),
            sig,
        )
    except (ValueError, TypeError, RecursionError):
        return None


def verifier(public: str) -> Callable[[bytes, bytes], bool]:
    """A function that checks a signature under a public key in hex; one that refuses everything if it is not a key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    except (ValueError, TypeError):
        return lambda signature, message: False

    def check(signature: bytes, message: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return check


def verify_lines(data: bytes, head: Head | None = None, pin: Head | None = None) -> LogReport:
    """Check a log's bytes: see :func:`verify_log`."""
    lines, problems, torn = parse_log(data)
    active: dict[str, Callable[[bytes, bytes], bool]] = {}
    holders: dict[str, str] = {}
    counts: dict[str, int] = {}
    removed: set[str] = set()
    before = Head()
    seen: set[int] = set()
    study = ""
    ended = False
    for number, line in enumerate(lines, 1):
        if number == 1:
            if line.act != "init" or not isinstance(line.data.get("public"), str):
                problems.append((1, "is not the first line of a study"))
            else:
                study = str(line.data.get("study", ""))
                holders[line.who] = str(line.data["public"])
                active[line.who] = verifier(holders[line.who])
        problem = ""
        if line.seq in seen:
            problem = "repeats a number"
        elif line.seq != before.seq + 1:
            problem = "is out of order" if line.seq <= before.seq else "follows a missing line"
        elif line.prev != before.digest:
            problem = "does not follow from the line before, which was changed or exchanged"
        elif ended:
            problem = "was written after the key was destroyed"
        elif line.who in removed:
            problem = "is signed by a holder who had been removed"
        elif line.who not in active:
            problem = "is signed by somebody who is not a holder"
        elif not active[line.who](line.sig, DOMAIN + line.signed):
            problem = "has a signature that does not fit"
        if problem:
            problems.append((number, problem))
        seen.add(line.seq)
        before = line.head
        counts[line.act] = counts.get(line.act, 0) + 1
        if problem:
            continue
        if line.act == "holder-add":
            holder = str(line.data.get("holder", ""))
            holders[holder] = str(line.data.get("public", ""))
            active[holder] = verifier(holders[holder])
            removed.discard(holder)
        elif line.act == "holder-remove":
            active.pop(str(line.data.get("holder", "")), None)
            removed.add(str(line.data.get("holder", "")))
        elif line.act == "destroy":
            ended = True
    if not lines and not problems:
        problems.append((0, "the log is empty"))
    digests = {line.seq: line.digest for line in lines}
    ahead = 0
    for known, name in ((head, "key store"), (pin, "this computer's pin")):
        if known is None or known.seq == 0:
            continue
        if known.seq not in digests:
            problems.append((0, f"the log ends at line {len(lines)}; the {name} knows line {known.seq}"))
        elif digests[known.seq] != known.digest:
            problems.append((known.seq, f"is another line than the {name} knows"))
    if head is not None:
        ahead = max(0, len(lines) - head.seq)
    return LogReport(len(lines), tuple(problems), before, study, holders, torn, ahead, counts)


def verify_log(path: Path, head: Head | None = None, pin: Head | None = None) -> LogReport:
    """Check a log's numbers, chain and signatures, and that it holds what is known from elsewhere. Needs no secret.

    Args:
        path: ``STUDY/audit/log.jsonl``.
        head: The head that the sealed store or the certificate holds, if known.
        pin: The head that this computer saw last, if any.

    Returns:
        A report; a missing log is a report with a problem. Nothing is raised for what is in the file.
    """
    try:
        if path.stat().st_size > MAX_LOG:
            return LogReport(problems=((0, "the log is larger than a log can be"),))
        data = path.read_bytes()
    except OSError:
        return LogReport(problems=((0, "the log is missing or cannot be read"),))
    return verify_lines(data, head, pin)
