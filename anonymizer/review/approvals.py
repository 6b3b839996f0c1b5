"""Approvals: a reviewer's signature under the decisions about one transcript.

``private/review/TID/<reviewer>.approval.json`` is bound to the transcript's text and to all that the decisions do;
when either changes the approval no longer counts. Each reviewer has an Ed25519 key of their own, in their configuration
folder and not in the study; ``private/review/reviewers.json`` keeps the public halves as first seen.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from anonymizer import files
from anonymizer.errors import ReviewError
from anonymizer.review import marks as marks_store
from anonymizer.review.combine import combine, views
from anonymizer.review.events import Event, append, check_reviewer, load, now
from anonymizer.review.marks import Marks
from anonymizer.review.overlay import Overlay
from anonymizer.study import Study

VERSION = 1
_CONTEXT = b"anonymizer approval v1\n"
# events that say something about the transcript, and not only that somebody was there
_DECISIONS = ("decide", "add", "extent", "retype", "link", "merge", "split", "name", "same", "tag", "answer")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs.

    Attributes:
        name: The reviewer.
        public: Ed25519 public key, 64 hex digits.
        sign: Signs bytes.
    """

    name: str
    public: str
    sign: Callable[[bytes], bytes] = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits to compare by telephone."""
        return fingerprint(self.public)


@dataclass(frozen=True, slots=True)
class Approval:
    """What was signed.

    Attributes:
        transcript: Id of the received file.
        reviewer: Who.
        at: UTC time.
        text_digest: As in the marks.
        decisions_digest: Of everything the decisions do.
        decisions: How many decisions there were.
        joint: The reviewer saw others' decisions before making all of their own.
        public: The key.
        signature: Hex.
    """

    transcript: str
    reviewer: str
    at: str
    text_digest: str
    decisions_digest: str
    decisions: int
    joint: bool
    public: str
    signature: str = ""

    def message(self) -> bytes:
        """What the signature is over."""
        document = {key: value for key, value in asdict(self).items() if key != "signature"}
        return _CONTEXT + json.dumps({"v": VERSION, **document}, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class State:
    """An approval and whether it counts.

    Attributes:
        approval: As signed.
        problem: Empty if it counts, else why not.
    """

    approval: Approval
    problem: str = ""

    @property
    def valid(self) -> bool:
        """It counts."""
        return not self.problem


def fingerprint(public: str) -> str:
    """Sixteen hex digits of a public key's SHA-256, in fours."""
    digest = hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]
    return " ".join(digest[i : i + 4] for i in range(0, 16, 4))


# -- keys ------------------------------------------------------------------------------------------------------------


def key_folder() -> Path:
    """Where this user's signing keys lie."""
    from platformdirs import user_config_path

    return user_config_path("anonymizer") / "reviewers"


def signer(name: str, folder: Path | None = None) -> Signer:
    """The reviewer's own signing key on this computer, made when there is none.

    Raises:
        ReviewError: The key file is damaged or readable by others.
    """
    path = (folder or key_folder()) / f"{check_reviewer(name)}.key"
    try:
        mode = path.stat().st_mode & 0o077
        seed = bytes.fromhex(path.read_text("ascii").strip())
        if mode:
            raise ReviewError("this signing key can be read by others", file=path, hint="chmod 600 it")
        key = Ed25519PrivateKey.from_private_bytes(seed)
    except FileNotFoundError:
        key = Ed25519PrivateKey.generate()
        files.write_atomic(path, key.private_bytes_raw().hex().encode() + b"\n")
    except (OSError, ValueError):
        raise ReviewError("this signing key is damaged", file=path, hint="restore it from a backup") from None
    return Signer(name, key.public_key().public_bytes_raw().hex(), key.sign)


def _registry(study: Study) -> Path:
    return study.review / "reviewers.json"


def registered(study: Study) -> dict[str, str]:
    """Public keys by reviewer, as first seen in this study.

    Raises:
        ReviewError: reviewers.json is damaged.
    """
    try:
        document = json.loads(_registry(study).read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise ReviewError("reviewers.json is damaged", hint="restore it from a copy of the study") from None
    if not isinstance(document, dict) or not all(
        isinstance(v, str) and re.fullmatch("[0-9a-f]{64}", v) for v in document.values()
    ):
        raise ReviewError("reviewers.json is damaged", hint="restore it from a copy of the study")
    return document


def register(study: Study, name: str, public: str) -> bool:
    """Remember a reviewer's public key; True when it is new.

    Raises:
        ReviewError: Another key was seen under this name, or this key under another name: one person would count twice.
    """
    known = registered(study)
    if known.get(check_reviewer(name)) == public:
        return False
    if name in known:
        raise ReviewError(
            f"reviewer {name} has another key in this study",
            hint="use another name, or remove the line from private/review/reviewers.json after asking the person",
        )
    if public in known.values():
        raise ReviewError(f"the key of reviewer {name} is another reviewer's key in this study")
    files.write_json(_registry(study), dict(sorted({**known, name: public}.items())))
    return True


def verify(public: str, message: bytes, signature: str) -> bool:
    """Whether a signature is the key's."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


# -- what is signed --------------------------------------------------------------------------------------------------


def decisions_digest(marks: Marks, view: Overlay) -> str:
    """SHA-256 over everything the decisions do to the text: hidden passages, who is who, names given, tags, policy.

    What is kept does nothing, whatever it was taken for: a word that the study learnt to keep is found otherwise, or
    not at all, in the next run, and the approval that taught it must not fall for that. What the machine then would
    like to have looked at is asked by :func:`is_approved`.

    Entities count by their mentions and not by their ids, which change when a transcript is detected anew; pseudonyms
    count only where a person gave them, since the others are assigned after the approval.
    """
    number: dict[str, int] = {}
    hidden = [d for d in marks.decisions if d.action != "keep"]
    for d in hidden:
        number.setdefault(d.entity, len(number))
    parts = {
        "decisions": [[d.id, d.entity_type, d.action, number[d.entity]] for d in hidden],
        "names": sorted([number[e], name] for e, name in view.names.items() if e in number),
        "same": sorted([number[e], other] for e, other in view.same.items() if e in number),
        "tags": [[t.index, t.role, t.question] for t in marks.tags],
        "policy": marks.policy,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def missing(
    study: Study, transcript: str, reviewer: str, *, read: bool = False, together: bool = True
) -> tuple[str, ...]:
    """What stands between a transcript and this reviewer's approval; empty if nothing does.

    Args:
        study: The study.
        transcript: Its id.
        reviewer: Who wants to approve.
        read: The reviewer says that every turn was read elsewhere, for instance in the draft.
        together: Count what others decided. Without it a reviewer who must not see others' decisions yet is told only
            of their own, and that somebody has not submitted.
    """
    machine = marks_store.load(study.review, transcript)
    events = load(study.review, transcript)
    each = views(machine, events)
    own = each.get(reviewer, Overlay(machine))
    submitted = {name for name, view in each.items() if view.submitted}
    begun = {e.reviewer for e in events if e.op in _DECISIONS}
    blind = not together and bool(begun - {reviewer}) and not {*begun, reviewer} <= submitted
    view = own if blind else combine(machine, events)
    mine = [e for e in events if e.joint and e.reviewer == reviewer]
    found = []

    def add(count: int, one: str, many: str) -> None:
        if count:
            found.append(f"{count} {one if count == 1 else many}")

    disputed = sum(m.how == "conflict" for m in view.mentions.values())
    add(len(view.undecided()) - disputed, "finding is undecided", "findings are undecided")
    add(disputed, "place is in dispute between reviewers", "places are in dispute between reviewers")
    add(len(view.open_questions()), "question is not answered", "questions are not answered")
    if not read:
        read_later = {turn for e in mine if e.op == "read" for turn in _turns(e, machine.turns)}
        unread = [turn for turn in own.unread() if turn not in read_later]
        add(len(unread), "turn is not read", "turns are not read")
        seen_later = {target for e in mine if e.op in ("looked", "decide") for target in e.targets}
        unseen = [m for m in view.unseen() if m.decision.turn in unread and m.id not in seen_later]
        add(len(unseen), "carried decision was never shown", "carried decisions were never shown")
    if study.settings.release.review == "two" or blind:
        if reviewer not in submitted and (blind or submitted):
            found.append("you have not submitted yet")
        if len(submitted | {reviewer}) < 2 or (blind and begun - {reviewer} - submitted):
            found.append("the second reviewer has not submitted yet")
    return tuple(found)


def _turns(event: Event, turns: int) -> set[int]:
    view = Overlay(Marks("", "", "", turns))
    view.apply(event)
    return view.read


def approve(study: Study, transcript: str, by: Signer, *, read: bool = False, together: bool = True) -> Approval:
    """Sign the decisions as they stand; arguments as for :func:`missing`.

    Raises:
        ReviewError: Something is missing; says what.
    """
    lacking = missing(study, transcript, by.name, read=read, together=together)
    if lacking:
        raise ReviewError(f"cannot be approved: {'; '.join(lacking)}", hint="anonymizer review")
    register(study, by.name, by.public)
    machine = marks_store.load(study.review, transcript)
    events = load(study.review, transcript)
    view = combine(machine, events)
    if not any(e.op == "submit" and e.reviewer == by.name for e in events):
        append(study.review, transcript, by.name, [Event("submit", reviewer=by.name)])
    unsigned = Approval(
        transcript=transcript,
        reviewer=by.name,
        at=now(),
        text_digest=machine.text_digest,
        decisions_digest=decisions_digest(view.marks(), view),
        decisions=len(view.mentions),
        joint=any(e.joint and e.reviewer == by.name for e in events),
        public=by.public,
    )
    approval = Approval(**{**asdict(unsigned), "signature": by.sign(unsigned.message()).hex()})
    files.write_json(_path(study, transcript, by.name), {"v": VERSION, **asdict(approval)})
    return approval


def withdraw(study: Study, transcript: str, reviewer: str) -> bool:
    """Take an approval back; False if there was none."""
    return files.remove(_path(study, transcript, reviewer))


def _path(study: Study, transcript: str, reviewer: str) -> Path:
    return marks_store.folder(study.review, transcript) / f"{check_reviewer(reviewer)}.approval.json"


def read_approval(document: Any) -> Approval:
    """An approval from its JSON object; the signature is not checked here.

    Raises:
        ReviewError: A field is missing, unknown or of the wrong kind.
    """
    names = Approval.__slots__
    if not isinstance(document, dict) or document.get("v") != VERSION or {*document} != {"v", *names}:
        raise ReviewError("an approval of another version")
    values = {name: document[name] for name in names}
    kinds = {"decisions": int, "joint": bool}
    if any(type(value) is not kinds.get(name, str) for name, value in values.items()):
        raise ReviewError("an approval with a value that does not fit")
    return Approval(**values)


def approvals(study: Study, transcript: str) -> tuple[State, ...]:
    """Everybody's approvals of a transcript, by reviewer, and whether they count now.

    Raises:
        ReviewError: marks.json, a file of decisions or of keys is damaged.
    """
    machine = marks_store.load(study.review, transcript)
    view = combine(machine, load(study.review, transcript))
    return _states(study, view.marks(), view)


def _states(study: Study, marks: Marks, view: Overlay) -> tuple[State, ...]:
    keys = registered(study)
    digest = decisions_digest(marks, view)
    states = []
    for path in sorted(marks_store.folder(study.review, marks.transcript).glob("*.approval.json")):
        try:
            approval = read_approval(json.loads(path.read_bytes()))
        except (OSError, ValueError, ReviewError):
            raise ReviewError("this approval is damaged", file=path, hint="approve again") from None
        states.append(State(approval, _problem(approval, path, keys, marks, digest)))
    return tuple(states)


def _problem(approval: Approval, path: Path, keys: dict[str, str], marks: Marks, digest: str) -> str:
    # the file's name says whose it is, so that a copied file cannot count as a second person
    if f"{approval.reviewer}.approval.json" != path.name or approval.transcript != marks.transcript:
        return "the file was moved or renamed"
    if keys.get(approval.reviewer) != approval.public:
        return "the key is not this reviewer's"
    if not verify(approval.public, approval.message(), approval.signature):
        return "the signature is wrong"
    if approval.text_digest != marks.text_digest:
        return "the text changed since"
    if approval.decisions_digest != digest:
        return "decisions changed since"
    return ""


def is_approved(study: Study, marks: Marks, need: int = 1) -> bool:
    """Whether ``need`` different people signed exactly these effective marks, and nothing in them is undecided."""
    if any(d.review for d in marks.decisions) or marks.questions:
        return False
    machine = marks_store.load(study.review, marks.transcript)
    view = combine(machine, load(study.review, marks.transcript))
    valid = {(s.approval.reviewer, s.approval.public) for s in _states(study, marks, view) if s.valid}
    return min(len({name for name, _ in valid}), len({key for _, key in valid})) >= need
