"""Every output searched for known originals by the gate's rule, and compared with what was logged as released."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from anonymizer.audit.facts import OutputFacts
from anonymizer.audit.log import Line
from anonymizer.errors import AnonymizerError, OutputError
from anonymizer.export.released import ReleasedTranscript
from anonymizer.keystore.view import KeyView
from anonymizer.protocol.model import Protocol
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.gate import Original

# files in anonymized/ that hold several transcripts: their rows are compared with the released JSON
STUDY_WIDE = frozenset({"transcripts"})
EXPORTS = "exports"
# fields of a log line that name no person: ids, digests, codes, rules
_LOG_FIELDS_ASIDE = frozenset({"public", "digest", "sha256", "head"})
# places of files about several transcripts start with the transcript's code
_OWNED = re.compile(r"^(?P<code>[A-Z]+\d+-\d+) (?P<place>(?:turn \d+|text).*)$")

Kept = tuple[tuple[int, str, str], ...]
Files = Mapping[str, Mapping[str, bytes]]


def files_below(folder: Path) -> dict[str, dict[str, bytes]]:
    """Stem -> file name -> bytes of every plain file in a folder, subfolders too."""
    result: dict[str, dict[str, bytes]] = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_symlink() or not path.is_file():
            continue
        name = str(path.relative_to(folder))
        stem = path.stem if path.parent == folder else name
        result.setdefault(stem, {})[name] = path.read_bytes()
    return result


def released_json(code: str, protocol: Protocol, files: Mapping[str, bytes]) -> ReleasedTranscript | None:
    """A transcript from its released JSON; None if there is none, or it was changed so that it cannot be read."""
    from anonymizer.export.canonical import parse

    data = files.get(f"{code}.json")
    try:
        return None if data is None else parse(data, protocol)
    except (AnonymizerError, ValueError, KeyError, TypeError):
        return None


def search_outputs(
    study: Study,
    view: KeyView,
    released: Files,
    *,
    codes: Iterable[str],
    kept: Mapping[str, Kept],
    protocol: Protocol,
    lines: Sequence[Line],
) -> OutputFacts:
    """Search anonymized/ and exports/, file names and the log too.

    Args:
        study: The study.
        view: Its key.
        released: What lies in anonymized/ (:func:`files_below`).
        codes: Of the linked transcripts.
        kept: Code -> (turn, form, type) of recorded keeps.
        protocol: The team's own words stand in outputs whatever anybody said.
        lines: Of the log.
    """
    from anonymizer.gate import known_originals, search
    from anonymizer.release import outputs_digest

    originals = known_originals(view)
    known = set(codes)
    logged = {str(line.data.get("code", "")): line for line in lines if line.act == "release"}
    indices = {
        code: [turn.index for turn in found.turns]
        for code in known
        if (found := released_json(code, protocol, released.get(code, {}))) is not None
    }
    printed = _printed(protocol)
    hits: list[tuple[str, str]] = []
    excused, number = 0, 0
    changed: list[str] = []
    foreign: list[str] = []
    for stem, group in released.items():
        if stem in known and stem in logged:
            if logged[stem].data.get("digest") != outputs_digest(view.secret, dict(group)):
                changed.append(stem)
        elif stem in STUDY_WIDE:
            changed += [name for name, data in group.items() if _rows(data) != _rows(_table(released, protocol))]
        else:
            foreign += list(group)
    everything = [(name, data, "") for group in released.values() for name, data in group.items()]
    exports = files_below(study.folder / EXPORTS)
    everything += [(name, data, f"{EXPORTS}/") for group in exports.values() for name, data in group.items()]
    for name, data, place in everything:
        code = name.partition(".")[0]
        code = code if code in known else ""
        if place or code or name.partition(".")[0] in STUDY_WIDE:
            shown = place + name
        else:
            # a file that nobody released may be called after somebody
            number += 1
            shown = f"file {number} that was never released"
        for owner, texts in _pieces(name, data, code, indices, printed):
            for hit in search(texts, originals, code=owner, kept=kept.get(owner, ())):
                if hit.excused:
                    excused += 1
                else:
                    hits.append((shown, hit.place))
    return OutputFacts(
        files=len(everything),
        hits=tuple(dict.fromkeys(hits)),
        excused=excused,
        foreign=tuple(foreign),
        changed=tuple(changed),
        log_hits=_log_hits(lines, originals),
    )


def _printed(protocol: Protocol) -> frozenset[str]:
    """Section titles and questions as outputs print them: how the gate looks at them as well."""
    from anonymizer.export.headings import question_title

    empty = ReleasedTranscript("", (), protocol, True)
    return frozenset(t for q in protocol.questions for t in (q.section, q.id, q.text, question_title(empty, q.id)))


def _pieces(
    name: str, data: bytes, code: str, indices: Mapping[str, Sequence[int]], printed: frozenset[str]
) -> Iterable[tuple[str, tuple[tuple[str, str], ...]]]:
    """(transcript code, texts) of a file: its name, and its texts by the transcript that they are from."""
    from anonymizer.export.read_back import texts

    yield "", (("file name", name),)
    suffix = name.rpartition(".")[2]
    try:
        found = texts(data, suffix, indices.get(code))
    except OutputError:
        # what cannot be read as what it says it is: search its bytes as text
        found = (("text", data.decode("utf-8", errors="replace")),)
    positions = indices if suffix == "qdpx" else {}
    groups: dict[str, list[tuple[str, str]]] = {}
    for place, text in found:
        if text.strip() in printed:
            continue
        owner, where = code, place
        if not code and (match := _OWNED.match(place)):
            owner, where = match["code"], match["place"]
            number, space, rest = where.removeprefix("turn ").partition(" ")
            if owner in positions and where.startswith("turn ") and int(number) < len(positions[owner]):
                where = f"turn {positions[owner][int(number)]}{space}{rest}"
        groups.setdefault(owner, []).append((where, text))
    for owner, group in groups.items():
        yield owner, tuple(group)


def _table(released: Files, protocol: Protocol) -> bytes:
    """The study-wide table as the released JSON files would make it now."""
    from anonymizer.export.study import render_csv

    names = sorted(name for group in released.values() for name in group if name.endswith(".json") and "/" not in name)
    stems = [name.removesuffix(".json") for name in names]
    transcripts = [released_json(stem, protocol, released[stem]) for stem in stems]
    # a released file that cannot be read any more: then the table is not what it would make either
    return b"" if None in transcripts else render_csv([t for t in transcripts if t is not None])


def _rows(table: bytes) -> list[list[str]]:
    """Its rows: a withdrawal that took rows out may have written other line ends."""
    return list(csv.reader(io.StringIO(table.decode("utf-8-sig", errors="replace"), newline="")))


def _log_hits(lines: Iterable[Line], originals: Sequence[Original]) -> int:
    from anonymizer.gate import search

    texts = [
        (f"line {line.seq}", value)
        for line in lines
        for name, value in line.data.items()
        if isinstance(value, str) and name not in _LOG_FIELDS_ASIDE
    ]
    return len(search(texts, originals))
