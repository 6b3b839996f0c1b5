"""Writing the report and the anonymization log, each searched for known originals first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonymizer import files
from anonymizer.audit.anonlog import LoggedTranscript, anonymization_log
from anonymizer.audit.check import Examined, examine
from anonymizer.audit.document import build
from anonymizer.audit.gather import gather
from anonymizer.audit.page import canonical, page
from anonymizer.errors import GateError, OutputError
from anonymizer.keystore.view import KeyView
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.keystore.store import Store

HTML, TWIN, LOG = "report.html", "report.json", "anonymization-log.csv"


@dataclass(frozen=True, slots=True)
class Written:
    """A report as written.

    Attributes:
        html: Path of the page.
        sentence: The state in one sentence.
        points: Open points, worst first.
        digest: SHA-256 of the JSON twin.
    """

    html: Path
    sentence: str
    points: tuple[dict[str, Any], ...]
    digest: str


def examine_store(study: Study, store: Store) -> Examined:
    """:func:`anonymizer.audit.check.examine` with what the store and this computer know of the log."""
    pin = store.pin.read()
    return examine(study, store.view(), head=store.document.log, pin=None if pin is None else pin.log)


def write_report(study: Study, store: Store) -> Written:
    """Examine, build, search, write and log.

    Raises:
        GateError: The page would hold a known original; says in which part.
    """
    document = build(gather(study, store, examine_store(study, store)))
    check_document(document, store.view())
    twin = canonical(document)
    digest = hashlib.sha256(twin).hexdigest()
    html = page(document)
    # logged first: a page that the log does not know would be a page that nobody signed for
    store.log("report", digest=digest, stop=sum(p["level"] == "stop" for p in document["open_points"]))
    files.write_atomic(study.audit / TWIN, twin, files.SHARED_FILE)
    files.write_atomic(study.audit / HTML, html, files.SHARED_FILE)
    return Written(study.audit / HTML, document["status"]["sentence"], tuple(document["open_points"]), digest)


def check_document(document: dict[str, Any], view: KeyView) -> None:
    """Search a report for known originals. The protocol's text is the team's own and is not searched.

    Raises:
        GateError: One is in it; says in which part, not which.
    """
    from anonymizer.gate import known_originals, search

    aside = {("coverage",), ("study", "protocol"), ("words",), ("limits",)}
    texts = [("text " + ".".join(path), text) for path, text in _strings(document, ()) if not _under(path, aside)]
    hits = search(texts, known_originals(view))
    if hits:
        places = sorted({hit.place.removeprefix("text ") for hit in hits})
        raise GateError(
            f"the report would hold a known original in: {', '.join(places[:5])}",
            hint="titles, reviewers' names and reasons are typed by people: use codes",
        )


def _under(path: tuple[str, ...], aside: set[tuple[str, ...]]) -> bool:
    return any(path[: len(prefix)] == prefix for prefix in aside)


def _strings(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner, path)


def check_payload(payload: Mapping[str, bytes], view: KeyView) -> None:
    """Search what goes into a package, beside the transcripts, which were searched when they were released.

    Raises:
        GateError: A known original is in a file or its name; says in which.
    """
    from anonymizer.gate import known_originals, search

    originals = known_originals(view)
    for name, data in payload.items():
        texts = [("file name", name)]
        if name in ("README.txt", "codebook.csv", "protocol.txt"):
            texts += [(f"line {n}", line) for n, line in enumerate(data.decode("utf-8-sig").splitlines(), 1)]
        hits = search(texts, originals)
        if hits:
            raise GateError(f"the package would hold a known original: {hits[0].place}", file=Path(name).name)


def write_anonymization_log(study: Study, store: Store) -> tuple[Path, int]:
    """Write the archive's log of all transcripts that were run.

    Returns:
        Its path and the number of decisions.

    Raises:
        GateError: It would hold a known original.
    """
    data, rows = anonymization_log_bytes(study, store, examine_store(study, store))
    store.log("anonymization-log", digest=hashlib.sha256(data).hexdigest(), rows=rows)
    files.write_atomic(study.audit / LOG, data, files.SHARED_FILE)
    return study.audit / LOG, rows


def anonymization_log_bytes(study: Study, store: Store, examined: Examined) -> tuple[bytes, int]:
    """The archive's log and its number of rows, searched for known originals.

    Raises:
        GateError: It would hold one.
        OutputError: A transcript's received file is gone: its replacements cannot be worked out any more.
    """
    from anonymizer.gate import known_originals, search
    from anonymizer.policy.load import load_policy
    from anonymizer.pseudonyms.replace import replacements

    view = store.view()
    policy = load_policy(study.settings.policy, study.rules)
    contents = dict(examined.by_transcript)
    logged = []
    for t in examined.transcripts:
        if t.marks is None or t.state != "released":
            continue
        content = contents.get(t.marks.transcript)
        if content is None:
            raise OutputError(f"the received file of {t.code} is not there, so its log cannot be written")
        labels = {e.id: e.pseudonym for e in t.marks.entities if e.pseudonym}
        made = replacements(content, t.marks.decisions, labels, policy)
        logged.append(
            LoggedTranscript(
                marks=t.marks,
                replacements={r.decision: r.text for r in made},
                time=t.times.get("approved") or t.times.get("released", ""),
                reviewers=tuple(dict.fromkeys(name for name, _ in t.approved_by)),
            )
        )
    data = anonymization_log(logged, view.secret)
    rows = sum(len(each.marks.decisions) for each in logged)
    # the archive's reader gets this file without the key: the same rule as for a transcript
    lines = data.decode("utf-8-sig").splitlines()
    hits = _hits(lines, search, known_originals(view))
    if hits:
        raise GateError(f"the anonymization log would hold a known original in line {hits[0]}")
    return data, rows


def _hits(lines: Sequence[str], search: Any, originals: Any) -> list[int]:
    found = []
    for number, line in enumerate(lines, 1):
        if search([(f"line {number}", line)], originals):
            found.append(number)
    return found
