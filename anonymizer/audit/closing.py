"""The end of a study, in order, stopping at what is missing, and going on where it stopped.

1. every transcript is released, and approved where the study asks for it
2. the outputs are audited: log whole, no known original, every release as it was made and as it would be made now
3. the deposit package is written
4. the recordings are deleted
5. originals go, or stay sealed, as the retention policy says: received files, drafts, decisions
6. the key is destroyed, where the policy says so, and its certificate written and checked
7. the final report

``audit/close.json`` notes what was done with which bytes in ``anonymized/``. It is no proof, only a way to know after a
crash what need not, or cannot, be done again: with the received files gone nobody can audit a second time.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonymizer import files
from anonymizer.audit import deposit, final
from anonymizer.audit.check import Examined
from anonymizer.errors import AnonymizerError, DamagedError, StudyError
from anonymizer.retention import RetentionPolicy, load_retention
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.keystore.store import Store

JOURNAL = "close.json"
STEPS = ("approved", "audited", "deposited", "recordings", "originals", "key", "report")
WORDS = {
    "approved": "all transcripts approved and released",
    "audited": "outputs audited",
    "deposited": "deposit package written",
    "recordings": "recordings deleted",
    "originals": "originals destroyed or sealed, as the policy says",
    "key": "key destroyed, certificate written",
    "report": "final report written",
}


class Missing(Exception):  # noqa: N818 - no error of the program: a person has something to do
    """A step cannot be taken yet."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one step.

    Attributes:
        name: One of :data:`STEPS`.
        state: ``done`` (now), ``before`` (in an earlier run), ``kept`` (the policy does not want it), ``stopped``.
        text: In words.
        hint: What to do, where it stopped.
    """

    name: str
    state: str
    text: str = ""
    hint: str = ""


@dataclass(slots=True)
class Closing:
    """The walk.

    Attributes:
        study: The study.
        open_key: Opens the key store; ``True`` also opens one whose destruction was cut off.
        typed: The study's id as typed by a person; the key is not destroyed without it.
        time: Now.
    """

    study: Study
    open_key: Callable[[bool], Store] = field(repr=False)
    typed: str
    time: datetime.datetime

    def walk(self) -> Iterator[Step]:
        """Take the steps one by one; ends after the first that stops."""
        for name in STEPS:
            try:
                step = getattr(self, f"_{name}")()
            except Missing as missing:
                yield Step(name, "stopped", missing.what, missing.hint)
                return
            yield step

    # --- what was done before

    @property
    def _policy(self) -> RetentionPolicy:
        return load_retention(self.study.settings.retention, self.study.rules)

    def _journal(self) -> dict[str, Any]:
        try:
            document: dict[str, Any] = json.loads((self.study.audit / JOURNAL).read_bytes())
            return dict(document["steps"])
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError):
            raise DamagedError("is damaged", file=JOURNAL, hint="remove audit/close.json and close again") from None

    def _note(self, name: str, **facts: Any) -> None:
        steps = {**self._journal(), name: {"time": final.stamp(self.time), "tree": self._tree(), **facts}}
        files.write_json(self.study.audit / JOURNAL, {"v": 1, "steps": steps}, files.SHARED_FILE)

    def _tree(self) -> str:
        """Digest of everything released: names and bytes."""
        digest = hashlib.sha256()
        for path in sorted(self.study.anonymized.rglob("*")):
            if path.is_file() and not path.is_symlink():
                name = str(path.relative_to(self.study.anonymized)).encode()
                digest.update(len(name).to_bytes(4, "big") + name + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def _was(self, name: str) -> dict[str, Any] | None:
        """What the journal says of a step, if anonymized/ is as it was then.

        Raises:
            DamagedError: Something released was changed after a step that cannot be taken again.
        """
        journal = self._journal()
        noted = journal.get(name)
        if noted is None:
            return None
        if noted.get("tree") != self._tree():
            if "originals" in journal:
                raise DamagedError(
                    "anonymized/ was changed after the originals were destroyed, so it cannot be audited again",
                    hint="put the files of deposit/data/transcripts/ back",
                )
            return None
        return dict(noted)

    def _destroyed(self) -> bool:
        return final.certificate(self.study) is not None

    # --- the steps

    def _approved(self) -> Step:
        if self._was("originals") or self._destroyed():
            return Step("approved", "before")
        with self.open_key(False) as store:
            examined = _examine(self.study, store)
            linked = {link.transcript for link in store.view().links}
        unlinked = _unlinked(self.study, linked)
        if unlinked:
            raise Missing(f"{unlinked} received files are not linked to anybody", "anonymizer run names them")
        if not examined.transcripts:
            raise Missing("there is no transcript", "anonymizer run")
        waiting = [t.code for t in examined.transcripts if t.state != "released"]
        if waiting:
            raise Missing(f"not released: {' '.join(waiting)}", "anonymizer review, anonymizer release")
        if self.study.settings.release.review != "optional":
            unapproved = [t.code for t in examined.transcripts if not t.approved_by]
            if unapproved:
                raise Missing(f"not approved as they are now: {' '.join(unapproved)}", "anonymizer review")
        self._note("approved")
        return Step("approved", "done", f"{len(examined.transcripts)} transcripts")

    def _audited(self) -> Step:
        if (self._was("audited") and self._was("deposited")) or self._destroyed():
            return Step("audited", "before")
        with self.open_key(False) as store:
            examined = _examine(self.study, store)
            problems = _problems(examined)
            if problems:
                raise Missing("; ".join(problems), "anonymizer audit")
            store.log("close-audited", files=examined.outputs.files if examined.outputs else 0)
        self._note("audited")
        return Step("audited", "done", f"{examined.outputs.files if examined.outputs else 0} files")

    def _deposited(self) -> Step:
        if self._destroyed() or (self._was("deposited") and deposit.check_deposit(self.study)):
            return Step("deposited", "before")
        from anonymizer.audit.document import build
        from anonymizer.audit.gather import gather
        from anonymizer.audit.page import canonical, page
        from anonymizer.audit.writing import anonymization_log_bytes, check_document, check_payload
        from anonymizer.protocol.document import read_protocol

        with self.open_key(False) as store:
            examined = _examine(self.study, store)
            document = build(gather(self.study, store, examined, time=self.time))
            check_document(document, store.view())
            log, _ = anonymization_log_bytes(self.study, store, examined)
            twin = canonical(document)
            protocol = read_protocol(self.study.protocol)
            payload = deposit.contents(self.study, protocol, document, log=log, html=page(document), twin=twin)
            check_payload(payload, store.view())
            store.log("close-deposit", files=len(payload), digest=hashlib.sha256(twin).hexdigest())
            path = deposit.write_deposit(self.study, payload, final.stamp(self.time))
        self._note("deposited")
        return Step("deposited", "done", f"{path.name}/, {len(payload)} files")

    def _recordings(self) -> Step:
        if self._destroyed():
            return Step("recordings", "before")
        from anonymizer.recordings.follow import follow_study
        from anonymizer.recordings.operations import repair
        from anonymizer.recordings.sealed import SealedRecordings

        with self.open_key(False) as store:
            registry = SealedRecordings(store)
            repair(registry)
            if not self._was("originals"):
                follow_study(self.study, store.view(), registry, self.time)
            records = registry.recordings()
        if self._policy.clock("recording").then == "keep":
            return Step("recordings", "kept", f"{len(records)} recordings")
        left = [r for r in records if r.state != "deleted"]
        held = [r.id for r in left if r.holds]
        if held:
            raise Missing(f"on hold: {' '.join(held)}", "anonymizer recordings release ID")
        early = [r.id for r in left if r.state != "deletion-due"]
        if early:
            raise Missing(f"not due for deletion: {' '.join(early)}", "anonymizer recordings list")
        if left:
            raise Missing(f"due and not deleted: {' '.join(r.id for r in left)}", "anonymizer recordings delete --due")
        return Step("recordings", "done", f"{len(records)} recordings")

    def _originals(self) -> Step:
        if self._destroyed() or (self._was("originals") and not _left(self.study, self._policy)):
            return Step("originals", "before")
        policy = self._policy
        sealed = 0
        with self.open_key(False) as store:
            # noted before anything goes: with a part of the decisions gone nothing before can be done again
            final.prepare(self.study, store, self.time)
            self._note("originals")
            if policy.clock("originals").then == "keep-sealed":
                from anonymizer.keystore.received import seal_received

                sealed = seal_received(store, [])
            elif policy.clock("key").then != "destroy" and not self._journal()["originals"].get("dropped"):
                from anonymizer.keystore.received import destroy_originals

                destroy_originals(store, [])
                self._note("originals", dropped=True)
            store.log("close-originals", files=len(_left(self.study, policy)), sealed=sealed)
            removed = _remove(self.study, policy)
        words = [f"{removed} files removed"] + ([f"{sealed} received files sealed"] if sealed else [])
        return Step("originals", "done", ", ".join(words))

    def _key(self) -> Step:
        if self._policy.clock("key").then == "keep":
            with self.open_key(False) as store:
                final.prepare(self.study, store, self.time)
            return Step("key", "kept", "the retention policy keeps the key")
        if self._destroyed():
            return Step("key", "before", final.check(self.study))
        from anonymizer.keystore.destroy import complete, destroy

        if self.typed.strip() != self.study.settings.id:
            raise Missing("the study's id was not typed, so the key stays", "anonymizer close STUDY-ID")
        try:
            with self.open_key(True) as store:
                if not store.destruction_begun:
                    final.prepare(self.study, store, self.time)
                destroy(store, self.typed)
        except AnonymizerError:
            # cut off after the wipe: nobody can open it any more, so it is completed without a signature
            if complete(self.study) is None:
                raise
        return Step("key", "done", final.check(self.study))

    def _report(self) -> Step:
        document = final.finish(self.study, self.time)
        self._note("report")
        return Step("report", "done", document["status"]["sentence"])


def _examine(study: Study, store: Store) -> Examined:
    from anonymizer.audit.writing import examine_store

    return examine_store(study, store)


def _unlinked(study: Study, linked: set[str]) -> int:
    from anonymizer.received import scan

    received, problems = scan(study)
    return sum(item.transcript not in linked for item in received) + len(problems)


def _problems(examined: Examined) -> list[str]:
    """What an audit must not find at the end."""
    found = []
    outputs = examined.outputs
    if not examined.log.ok:
        found.append("the log is not whole")
    if outputs is None:
        found.append("outputs were not searched")
    else:
        if outputs.hits or outputs.log_hits:
            found.append("a known original is in an output")
        if outputs.changed:
            found.append("a released file was changed")
        if outputs.foreign:
            found.append("a file in anonymized/ was never released")
    old = [t.code for t in examined.transcripts if t.current is False]
    if old:
        found.append(f"released from older decisions: {' '.join(old)}")
    return found


def _folders(study: Study, policy: RetentionPolicy) -> list[Path]:
    """Private folders whose content goes by the policy."""
    wanted = [study.draft]
    if policy.clock("received").then == "delete":
        wanted.append(study.received)
    if policy.clock("decisions").then == "delete":
        wanted += [study.review, study.cache]
    return wanted


def _left(study: Study, policy: RetentionPolicy) -> list[Path]:
    found: list[Path] = []
    for folder in _folders(study, policy):
        if folder.is_symlink():
            raise StudyError("a private folder is a symbolic link, so its content is not removed", file=folder)
        found += [path for path in sorted(folder.rglob("*")) if path.is_symlink() or not path.is_dir()]
    return found


def _remove(study: Study, policy: RetentionPolicy) -> int:
    """Remove everything in them; plain files are overwritten once first, which docs/recordings.md puts in its place."""
    from anonymizer.recordings.media import delete_file

    paths = _left(study, policy)
    for path in paths:
        if path.is_symlink() or not path.is_file():
            files.remove(path)
        else:
            delete_file(path)
    for folder in _folders(study, policy):
        for inside in sorted(folder.iterdir()) if folder.is_dir() else []:
            if inside.is_dir() and not inside.is_symlink():
                shutil.rmtree(inside)
    return len(paths)
