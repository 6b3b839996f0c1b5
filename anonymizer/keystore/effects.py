"""What a withdrawal means in the study folder: which files, and removing them.

Everything here can be done again after a crash: a file that is gone already is no error.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from anonymizer import files
from anonymizer.errors import OutputError, RulesError
from anonymizer.keystore.document import TRANSCRIPT, Withdrawal
from anonymizer.keystore.known import contains
from anonymizer.resources import rule_files
from anonymizer.study import Study

KINDS = ("received", "draft", "review", "released", "rows", "learned")
ACTIONS = ("delete", "keep")
_LINE = re.compile(r"^([a-z]+):\s*([a-z]+)\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class File:
    """A file that a withdrawal touches.

    Attributes:
        kind: ``received``, ``draft`` ..., or ``cache``, which always goes.
        path: Below the study's folder; a received file's name may hold a person's name.
        action: ``delete``, ``keep``, or ``rows`` for a file that loses rows only.
    """

    kind: str
    path: Path = field(repr=False)
    action: str


def load_policy(study: Study) -> Mapping[str, str]:
    """What goes and what stays, from ``rules/withdrawal/default.yaml``; the study's own file replaces the shipped one.

    Raises:
        RulesError: An unknown kind or action, or one missing; with its line.
    """
    path = rule_files("withdrawal/default.yaml", study.rules)[-1]
    policy: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None or match[1] not in KINDS or match[1] in policy or match[2] not in ACTIONS:
            raise RulesError("not a kind of file with delete or keep", file=path, line=number)
        policy[match[1]] = match[2]
    missing = [kind for kind in KINDS if kind not in policy]
    if missing:
        raise RulesError(f"nothing is said about {missing[0]}", file=path)
    return policy


def touched(study: Study, withdrawal: Withdrawal, names: Sequence[str] = ()) -> tuple[File, ...]:
    """Files that the withdrawal removes, changes or leaves by policy; reads received files to know them by their id."""
    policy = dict(withdrawal.actions)
    whole = {tid: code for tid, code, turns in withdrawal.transcripts if not turns}
    codes = set(whole.values()) | {code for _, code, turns in withdrawal.transcripts if turns}
    found = [File("cache", path, "delete") for path in _files(study.cache)]
    found += [File("received", path, policy["received"]) for _, path in received(study, set(whole))]
    found += [File("draft", path, policy["draft"]) for path in _files(study.draft) if _code_of(path) in codes]
    for tid in whole:
        found += [File("review", path, policy["review"]) for path in _files(study.review / tid)]
    for path in _files(study.anonymized):
        if _code_of(path) in codes:
            found.append(File("released", path, policy["released"]))
        elif _code_of(path) is None:
            action = policy["rows"] if policy["rows"] == "keep" or path.suffix != ".csv" else "rows"
            if path.suffix != ".csv" or _rows(path, codes) is not None:
                found.append(File("rows", path, action))
    found += [
        File("learned", path, "rows" if policy["learned"] == "delete" else "keep") for path in learned(study, names)
    ]
    return tuple(found)


def received(study: Study, wanted: set[str]) -> tuple[tuple[str, Path], ...]:
    """(id, path) of received files with these ids; a file delivered twice is there twice."""
    result = []
    for path in _files(study.received):
        try:
            transcript = study.transcript_id(path.read_bytes())
        except OSError:
            raise OutputError("a received file cannot be read, so nobody can tell whose it is", file=path) from None
        if transcript in wanted:
            result.append((transcript, path))
    return tuple(result)


def received_by_id(study: Study, wanted: set[str]) -> dict[str, Path]:
    """Received files by the ids of their contents."""
    return dict(received(study, wanted))


def learned(study: Study, names: Sequence[str]) -> tuple[Path, ...]:
    """The study's own word lists (one entry a line) that hold one of the names."""
    return tuple(
        path
        for path in _files(study.rules)
        if path.suffix in (".txt", ".csv", ".tsv", ".yaml", ".yml") and contains(_text(path), names)
    )


def forget_learned(study: Study, names: Sequence[str]) -> int:
    """Take lines with one of the names out of the study's own word lists; the number of lines taken out."""
    count = 0
    for path in learned(study, names):
        lines = _text(path).splitlines(keepends=True)
        kept = [line for line in lines if not contains(line, names)]
        count += len(lines) - len(kept)
        files.write_atomic(path, "".join(kept).encode(), files.SHARED_FILE)
    return count


def finish(study: Study, withdrawal: Withdrawal) -> int:
    """Remove and change the files; the number touched."""
    codes = {code for _, code, _ in withdrawal.transcripts}
    count = 0
    for file in touched(study, withdrawal):
        if file.action == "delete":
            count += files.remove(file.path)
        elif file.action == "rows" and file.kind == "rows":
            kept = _rows(file.path, codes)
            if kept is not None:
                files.write_atomic(file.path, kept, files.SHARED_FILE)
                count += 1
    for tid, name, turns in withdrawal.transcripts:
        if not turns:
            _prune(study.review / tid)
            continue
        from anonymizer.keystore.groups import rewrite

        for _, path in received(study, {tid}):
            rewrite(study, path, tid, name, tuple(int(turn) for turn in turns.split()))
            count += 1
    _prune(study.cache, keep=True)
    return count


def _rows(path: Path, codes: set[str]) -> bytes | None:
    """A study-wide CSV without the rows of these transcripts, the others byte for byte; None if it has none of them."""
    pending: list[str] = []

    def lines(text: str) -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            pending.append(line)
            yield line

    kept: list[str] = []
    dropped = False
    try:
        for row in csv.reader(lines(path.read_bytes().decode("utf-8"))):
            if codes.intersection(row[:1]):
                dropped = True
            else:
                kept += pending
            pending.clear()
    except (OSError, UnicodeDecodeError, csv.Error):
        raise OutputError("cannot be read, so its rows cannot be removed", file=path) from None
    return "".join(kept).encode() if dropped else None


def _code_of(path: Path) -> str | None:
    """The transcript code a file is named after: ``P07-1.json``, ``P07-1.not-reviewed.txt``; or None."""
    match = re.match(rf"({TRANSCRIPT})(?![0-9])", path.name)
    return match[1] if match else None


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir() and not folder.is_symlink():
        yield from sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        raise OutputError("cannot be read", file=path) from None


def _prune(folder: Path, *, keep: bool = False) -> None:
    """Remove folders that are empty now."""
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    if not keep and not any(folder.iterdir()):
        folder.rmdir()
