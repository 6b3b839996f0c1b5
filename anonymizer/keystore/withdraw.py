"""A participant withdraws: the worklist first, then the forgetting, then the files.

Order (docs/keystore-format.md): the worklist is written, because afterwards the link is gone; originals of other
transcripts that mention the person are sealed anew under fresh data keys; the document without the person is saved
under a new shred secret, so that no older copy opens, with the list of files to remove sealed in it; files are removed;
the list is taken out. A crash before the save leaves the old state; after it the next opening finishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from anonymizer import files
from anonymizer.audit.log import Value
from anonymizer.errors import KeyStoreError
from anonymizer.keystore import effects, originals
from anonymizer.keystore.document import Document, SealedLink, Withdrawal
from anonymizer.keystore.forget import Forgotten, forget
from anonymizer.keystore.known import contains
from anonymizer.keystore.rotate import Replaced, replace_secret
from anonymizer.keystore.store import Store
from anonymizer.review.marks import folder as marks_folder


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a withdrawal will do, and what it cannot reach.

    Attributes:
        code: The participant's.
        forgotten: What happens in the key.
        withdrawal: What will be sealed until the files are gone.
        files: Files in the study folder.
        recordings: Ids of recordings to delete by their own command.
        out_of_reach: In sentences.
    """

    code: str
    forgotten: Forgotten = field(repr=False)
    withdrawal: Withdrawal = field(repr=False)
    files: tuple[effects.File, ...] = field(repr=False)
    recordings: tuple[str, ...]
    out_of_reach: tuple[str, ...]

    def lines(self, study: Path) -> list[str]:
        """The worklist: codes, pseudonyms and files; no names but in the names of received files."""
        forgotten = self.forgotten
        result = [f"# Withdrawal of {self.code}"]
        result += [f"transcript {code} goes" for _, code in forgotten.whole]
        result += [f"transcript {code} stays without the turns of {self.code}" for _, code in forgotten.groups]
        result += [f"pseudonym {pseudonym} is reserved and stands for nothing" for pseudonym in forgotten.removed]
        result += [f"entry {pseudonym} of others forgets the person's name" for pseudonym in forgotten.cleaned]
        result += [f"record of {code} forgets the person's name" for code in forgotten.people]
        result += [
            f"transcript {code} mentions the person: its decisions stay, it is not detected again; look through the "
            "received file and the released text"
            for code in forgotten.frozen
        ]
        result += [f"recording {id}: anonymizer recordings delete {id} --withdrawn" for id in self.recordings]
        for file in self.files:
            path = file.path.relative_to(study) if file.path.is_relative_to(study) else file.path
            what = {"delete": "is removed", "keep": "stays (policy)", "rows": "loses lines"}[file.action]
            result.append(f"{file.kind} file {path} {what}")
        return result + [f"out of reach: {text}" for text in self.out_of_reach]


@dataclass(frozen=True, slots=True)
class Done:
    """What a withdrawal did.

    Attributes:
        plan: As it was planned.
        files: Number of files removed or changed.
        replaced: The shred secret's paper copies.
    """

    plan: Plan = field(repr=False)
    files: int
    replaced: Replaced


def plan_withdrawal(store: Store, code: str) -> Plan:
    """What a withdrawal would do; changes nothing.

    Raises:
        KeyStoreError: Withdrawn already; no such participant.
        RulesError: The study's withdrawal policy cannot be read.
    """
    document = store.document
    forgotten = forget(document, code, store.clock().date().isoformat())
    policy = effects.load_policy(store.study)
    rows: tuple[tuple[str, str, str], ...] = ()
    if forgotten.groups:
        from anonymizer.keystore import groups

        wanted = {tid for tid, _ in forgotten.groups}
        ids, rows = groups.renamed(
            store.study, document, forgotten.groups, effects.received_by_id(store.study, wanted), code
        )
        forgotten = replace(forgotten, document=groups.with_ids(forgotten.document, ids), ids=ids)
    # a transcript that was never run has no decisions to keep by offset; it is run as any other later
    never_run = {
        name for tid, name in forgotten.groups if not (marks_folder(store.study.review, tid) / "marks.json").is_file()
    }
    frozen = forgotten.document.frozen - never_run
    forgotten = replace(
        forgotten,
        document=replace(forgotten.document, frozen=frozen),
        frozen=tuple(name for name in forgotten.frozen if name in frozen),
    )
    withdrawal = Withdrawal(
        code,
        (*((tid, name, "") for tid, name in forgotten.whole), *rows),
        tuple(sorted(policy.items())),
    )
    gone = {name for _, name in forgotten.whole}
    recordings = tuple(
        sorted(
            key
            for key, record in document.recordings.items()
            if record.state != "deleted" and gone.intersection(record.transcripts)
        )
    )
    return Plan(
        code,
        forgotten,
        withdrawal,
        effects.touched(store.study, withdrawal, forgotten.names),
        recordings,
        out_of_reach(document, gone),
    )


def out_of_reach(document: Document, codes: set[str]) -> tuple[str, ...]:
    """What a withdrawal cannot take back, in sentences."""
    result = []
    exports = document.counts.get("exports", 0)
    if exports:
        result.append(f"{exports} export(s) of the key in the clear that were made before")
    if document.papers:
        result.append(
            "paper copies of earlier shred secrets: burn them, they open older copies of study.key for a holder"
        )
    if codes:
        result.append("copies of received, draft or released files given away or backed up: ask those who have them")
    result.append("older copies of study.key together with an older copy of the shred secret, if anybody made one")
    return tuple(result)


def withdraw(store: Store, code: str, worklist: Path) -> Done:
    """Carry out a withdrawal.

    Args:
        store: Open.
        code: The participant's.
        worklist: New file, mode 0600, written before anything else.

    Raises:
        KeyStoreError: Withdrawn already; no such participant; the worklist exists or lies in ``anonymized/``.
        OutputError: The system refused. Before the save nothing has happened; after it the next opening goes on.
    """
    plan = plan_withdrawal(store, code)
    if worklist.exists() or worklist.resolve().is_relative_to(store.study.anonymized.resolve()):
        raise KeyStoreError("the worklist exists, or would lie among the released files", hint="name another new file")
    files.write_atomic(worklist, ("\n".join(plan.lines(store.study.folder)) + "\n").encode())
    names = plan.forgotten.names
    document = _reseal(store, plan)
    fields: dict[str, Value] = {
        "code": code,
        "transcripts": len(plan.forgotten.whole),
        "groups": len(plan.forgotten.groups),
        "entities": len(plan.forgotten.removed),
        "cleaned": len(plan.forgotten.cleaned),
        "frozen": len(plan.forgotten.frozen),
    }
    pending = replace(document, pending=(*document.pending, plan.withdrawal))
    # before the save: the names are known to nobody afterwards
    count = effects.forget_learned(store.study, names) if dict(plan.withdrawal.actions)["learned"] == "delete" else 0
    replaced = replace_secret(store, pending, [("withdraw", fields)])
    store.sweep()
    count += effects.finish(store.study, plan.withdrawal)
    rest = tuple(w for w in store.document.pending if w != plan.withdrawal)
    store.commit(replace(store.document, pending=rest), [("withdraw-files", {"code": code, "files": count})])
    return Done(plan, count, replaced)


def _reseal(store: Store, plan: Plan) -> Document:
    """Seal originals that mention the person anew without them, under fresh data keys."""
    document = plan.forgotten.document
    old_ids = {new: old for old, new in plan.forgotten.ids.items()}
    turns: Mapping[str, set[str]] = {
        tid: set(numbers.split()) for tid, _, numbers in plan.withdrawal.transcripts if numbers
    }
    frozen = set(plan.forgotten.frozen)
    table = dict(document.transcripts)
    for tid, sealed in document.transcripts.items():
        before = old_ids.get(tid, tid)
        if sealed.link.code not in frozen and before not in turns:
            continue
        old = store.document.transcripts[before]
        key = originals.new_key()
        table[tid] = SealedLink(sealed.link, key)
        if store.fs.exists(originals.path_of(store.keys, before, old.key)):
            texts = originals.read(store.fs, store.keys, before, old.key)
            kept = {
                decision: text
                for decision, text in texts.items()
                if decision.partition(":")[0] not in turns.get(before, ()) and not contains(text, plan.forgotten.names)
            }
            originals.write(store.fs, store.keys, tid, key, kept)
        if before == tid and store.fs.exists(originals.path_of(store.keys, tid, old.key, originals.RECEIVED)):
            # a file of others that mentions the person stays, as it would in private/received/
            file = originals.read(store.fs, store.keys, tid, old.key, kind=originals.RECEIVED)
            originals.write(store.fs, store.keys, tid, key, file, kind=originals.RECEIVED)
    return replace(document, transcripts=table)
