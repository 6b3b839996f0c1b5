"""What can be said about a key store without opening it, and more with an identity."""

from __future__ import annotations

from dataclasses import dataclass

from anonymizer.audit.log import LogReport, verify_log
from anonymizer.errors import AnonymizerError, ShredError
from anonymizer.keystore import container, originals
from anonymizer.keystore.destroy import CERTIFICATE, destroy_line, leftovers
from anonymizer.keystore.fs import Fs, RealFs, guarded
from anonymizer.keystore.pin import PinFile, default_state
from anonymizer.keystore.shred import ShredFile
from anonymizer.keystore.store import Store, places
from anonymizer.keystore.vault import STORE, TEMPORARY, open_outer
from anonymizer.study import Study


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found.

    Attributes:
        log: Of the log.
        facts: Sentences.
        problems: (exit code, sentence); empty if all is well.
        unfinished: What an interrupted command left; the next key command finishes it.
    """

    log: LogReport
    facts: tuple[str, ...]
    problems: tuple[tuple[int, str], ...]
    unfinished: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """The highest that applies: 0, 13, 14, 15 or 16."""
        return max([0, *(code for code, _ in self.problems), *([16] if self.unfinished else [])])


def verify(study: Study, fs: Fs | None = None) -> Verification:
    """Log, pin, slots and leftovers; needs no passphrase."""
    fs = fs or RealFs()
    pin = PinFile(default_state(), study.settings.id, fs).read()
    log = verify_log(study.log, pin=None if pin is None else pin.log)
    problems: list[tuple[int, str]] = [
        (14 if "pin" in text else 13, f"log{f' line {number}' if number else ''} {text}")
        for number, text in log.problems
    ]
    facts = [f"log: {log.lines} lines, {len(log.holders)} holder(s) over time"]
    unfinished: list[str] = []
    if log.torn:
        unfinished.append("the log ends in a torn line, which the next entry overwrites")
    if pin is None:
        facts.append("no pin on this computer: it cannot tell whether key store and log are the newest")
    ended = destroy_line(study, fs) is not None
    if ended and (study.audit / CERTIFICATE).exists():
        facts.append("the key was destroyed; check the certificate: anonymizer key certificate check")
        return Verification(log, tuple(facts), tuple(problems), tuple(unfinished))
    if ended:
        unfinished.append("a destruction was begun and has no certificate")
    keys, shred, _ = places(study)
    if not fs.exists(keys / STORE):
        if not ended:
            problems.append((10, "study.key is missing"))
        return Verification(log, tuple(facts), tuple(problems), tuple(unfinished))
    if fs.exists(keys / TEMPORARY):
        unfinished.append("a half-written file of an interrupted save")
    try:
        slots = ShredFile(shred, fs).read()
        if len(slots) > 1:
            unfinished.append("a replacement of the shred secret")
        with guarded(keys / STORE, "cannot be read"):
            raw = fs.read(keys / STORE, container.MAX_STORE)
        slot, _ = open_outer(raw, slots)
        facts.append(f"the outer layer opens with shred secret number {slot.counter}")
    except ShredError as error:
        if not ended:
            problems.append((error.exit_code, str(error)))
    except AnonymizerError as error:
        problems.append((error.exit_code, str(error)))
    beside = leftovers(fs, keys)
    if beside:
        problems.append((13, "a file in the key store's folder parses as a shred secret"))
    return Verification(log, tuple(facts), tuple(problems), tuple(unfinished))


def verify_deep(store: Store) -> list[str]:
    """With the key open: the log against the sealed head and every sealed original against its data key."""
    report = verify_log(store.study.log, store.document.log)
    problems = [f"log line {number}: {text}" for number, text in report.problems]
    for transcript, sealed in store.document.transcripts.items():
        if not store.fs.exists(originals.path_of(store.keys, transcript, sealed.key)):
            continue
        try:
            originals.read(store.fs, store.keys, transcript, sealed.key)
        except AnonymizerError as error:
            problems.append(f"sealed originals of {sealed.link.code}: {error.message}")
    return problems
