"""The certificate of a key's destruction: JSON with a signature, and the same as text for people.

:func:`issue` takes a completed wipe as its argument and cannot be called without one: that rule lives here and not in
the callers. What a certificate cannot prove is printed on every one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonymizer._version import __version__
from anonymizer.audit.log import Head, canonical, parse_log, verifier, verify_log
from anonymizer.errors import DamagedError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

VERSION = 1
DOMAIN = b"anonymizer certificate v1\n"
MAX_CERTIFICATE = 1 << 20
LIMITS = (
    "It does not prove that no copy of the shred secret was made.",
    "It does not prove that a solid-state device, a journal or a snapshot forgot the overwritten secret.",
    "It does not prove that exports, screenshots, memory dumps or swap are gone.",
    "It does not prove that nobody can be recognized from what the transcripts say.",
)
_KEYS = {
    "v", "study", "title", "status", "time", "program", "holder", "public", "store", "log", "method", "medium",
    "medium_at_init", "checks", "counts", "papers", "originals", "limits", "sig",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at after the wipe, and what was found."""

    what: str
    result: bool


@dataclass(frozen=True, slots=True)
class CompletedWipe:
    """Made by :func:`anonymizer.keystore.destroy.wipe` alone, when everything it looked at is gone.

    Attributes:
        store_digest: SHA-256 of study.key as it was.
        generation: Its generation.
        log: The ``destroy`` line.
        method: What was done, in words.
        medium: Facts about the shred secret's medium.
        checks: All true.
    """

    store_digest: str
    generation: int
    log: Head
    method: str
    medium: Mapping[str, str]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else a certificate says.

    Attributes:
        study: Id.
        title: Of the study.
        time: UTC.
        holder: Id of the holder who signs.
        medium_at_init: Facts and warnings recorded by key init.
        counts: Exports, readings ... over the study's life.
        papers: (number, date, copies) of registered paper copies.
        originals: Number of files with originals that are still there, by kind.
    """

    study: str
    title: str
    time: str
    holder: str
    medium_at_init: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    papers: Sequence[tuple[int, str, int]] = ()
    originals: Mapping[str, int] = field(default_factory=dict)


def issue(wipe: CompletedWipe, facts: Circumstances, key: Ed25519PrivateKey) -> bytes:
    """The signed certificate.

    Raises:
        DamagedError: A check of the wipe failed; nothing is certified then.
    """
    if not wipe.checks or not all(check.result for check in wipe.checks):
        raise DamagedError("not everything is gone, so nothing is certified", hint="anonymizer key verify")
    body: dict[str, Any] = {
        "v": VERSION,
        "study": facts.study,
        "title": facts.title,
        "status": "key destroyed, originals present" if any(facts.originals.values()) else "key destroyed",
        "time": facts.time,
        "program": f"anonymizer {__version__}",
        "holder": facts.holder,
        "public": key.public_key().public_bytes_raw().hex(),
        "store": {"sha256": wipe.store_digest, "generation": wipe.generation},
        "log": {"seq": wipe.log.seq, "head": wipe.log.digest},
        "method": wipe.method,
        "medium": dict(wipe.medium),
        "medium_at_init": dict(facts.medium_at_init),
        "checks": [{"check": check.what, "result": check.result} for check in wipe.checks],
        "counts": dict(facts.counts),
        "papers": [{"number": number, "since": since, "copies": copies} for number, since, copies in facts.papers],
        "originals": dict(facts.originals),
        "limits": list(LIMITS),
    }
    body["sig"] = base64.b64encode(key.sign(DOMAIN + canonical(body))).decode("ascii")
    return (json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def as_text(certificate: bytes) -> str:
    """The certificate for people, with lines to be signed by those who burnt the paper copies."""
    body = json.loads(certificate)
    lines = [
        f"CERTIFICATE: {body['status']}",
        "",
        f"Study            {body['title']} ({body['study']})",
        f"Time             {body['time']} (UTC)",
        f"Signed by        holder {body['holder']}, public key {body['public']}",
        f"Program          {body['program']}",
        f"Key store        generation {body['store']['generation']}, SHA-256 {body['store']['sha256']}",
        f"Log              line {body['log']['seq']}, SHA-256 {body['log']['head']}",
        "",
        f"Method           {body['method']}",
        *(f"Medium           {name}: {value}" for name, value in sorted(body["medium"].items())),
        *(f"At key init      {name}: {value}" for name, value in sorted(body["medium_at_init"].items())),
        "",
        *(f"Checked          {check['check']}: {'yes' if check['result'] else 'NO'}" for check in body["checks"]),
        "",
        *(f"Counted          {name}: {value}" for name, value in sorted(body["counts"].items())),
        *(f"Still there      {name}: {value}" for name, value in sorted(body["originals"].items()) if value),
        "",
        "Registered paper copies of the shred secret, each destroyed by:",
        *(
            f"  number {paper['number']} of {paper['since']}, copy {copy}   name ______________  "
            "date __________  signature ______________"
            for paper in body["papers"]
            for copy in range(1, paper["copies"] + 1)
        ),
        *([] if body["papers"] else ["  none was registered"]),
        "",
        "What this certificate does not prove:",
        *(f"  {limit}" for limit in body["limits"]),
        "",
        "To check: anonymizer key certificate check certificate.json log.jsonl",
    ]
    return "\n".join(lines) + "\n"


def check_certificate(certificate: Path, log: Path) -> list[str]:
    """What is wrong with a certificate and its log; empty if nothing is. Needs no secret.

    Args:
        certificate: certificate.json.
        log: log.jsonl.
    """
    try:
        if certificate.stat().st_size > MAX_CERTIFICATE:
            return ["the certificate is too large to be one"]
        body = json.loads(certificate.read_bytes(), object_pairs_hook=_no_duplicates)
    except (OSError, ValueError, RecursionError):
        return ["the certificate is missing or is not JSON"]
    if not isinstance(body, dict) or body.get("v") != VERSION or set(body) != _KEYS:
        if isinstance(body, dict) and body.get("signed") is False:
            return ["this is an unsigned completion record, not a certificate: nobody could sign after the wipe"]
        return ["the certificate does not follow its format"]
    try:
        return _check_body(body, log)
    except (KeyError, TypeError, ValueError, AttributeError):
        return ["the certificate does not follow its format"]


def _check_body(body: dict[str, Any], log: Path) -> list[str]:
    sig = base64.b64decode(body["sig"], validate=True)
    unsigned = {key: value for key, value in body.items() if key != "sig"}
    problems = []
    if not verifier(str(body["public"]))(sig, DOMAIN + canonical(unsigned)):
        problems.append("the certificate's signature does not fit: it was changed after signing")
    head = Head(body["log"]["seq"], body["log"]["head"])
    report = verify_log(log, head)
    problems += [f"log{f' line {number}' if number else ''}: {text}" for number, text in report.problems]
    if report.lines == 0:
        return problems
    if report.study != body["study"]:
        problems.append("the log is another study's")
    if report.holders.get(str(body["holder"])) != body["public"]:
        problems.append("the certificate is signed by somebody whom the log does not know as a holder")
    if report.lines > head.seq:
        problems.append("the log goes on after the destruction")
    lines, _, _ = parse_log(log.read_bytes())
    if head.seq <= len(lines):
        line = lines[head.seq - 1]
        wanted = {"sha256": body["store"]["sha256"], "generation": body["store"]["generation"]}
        if line.act != "destroy":
            problems.append("the log's line named by the certificate is no destruction")
        elif {"sha256": line.data.get("sha256"), "generation": line.gen} != wanted or line.who != body["holder"]:
            problems.append("the log's line of the destruction is about another key store or holder")
    if not all(check["result"] is True for check in body["checks"]) or not body["checks"]:
        problems.append("a check on the certificate failed or is missing")
    if tuple(body["limits"]) != LIMITS:
        problems.append("the certificate's limits are not the ones of this program")
    return problems


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError
    return result
