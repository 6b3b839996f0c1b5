"""The final report: prepared while the key is open, finished when it is gone.

What needs the decisions was counted into the deposit package's report. What changes after that (recordings, key, log)
is counted anew before the key goes, and what the certificate says is added afterwards.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
from typing import TYPE_CHECKING, Any

from anonymizer import files
from anonymizer.audit import deposit
from anonymizer.audit.check import Examined, read_log
from anonymizer.audit.document import build
from anonymizer.audit.page import canonical, page
from anonymizer.errors import DamagedError
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.keystore.store import Store

PREPARED = "closing.json"
# parts that are counted anew; the others stay as the deposit package has them
_FRESH = ("key", "recordings", "retention", "log")
_STAY = ("outputs", "releases", "review", "risk", "measures")


def stamp(time: datetime.datetime) -> str:
    """UTC, ISO 8601, seconds."""
    return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def certificate(study: Study) -> dict[str, Any] | None:
    """The certificate, or the unsigned record of a destruction that was cut off; None if there is neither.

    Raises:
        DamagedError: It is not JSON.
    """
    for name in ("certificate.json", "destruction-unsigned.json"):
        path = study.audit / name
        if not path.is_file():
            continue
        try:
            document = json.loads(path.read_bytes())
        except (OSError, ValueError):
            document = None
        if not isinstance(document, dict) or not isinstance(document.get("time"), str):
            raise DamagedError("is damaged", file=path)
        return document
    return None


def check(study: Study) -> str:
    """Verify the certificate against the log; what it says, in words.

    Raises:
        DamagedError: It does not fit.
    """
    from anonymizer.keystore.certificate import check_certificate

    found = certificate(study)
    if found is None:
        raise DamagedError("there is no certificate")
    status = str(found.get("status", ""))
    if found.get("signed") is False:
        return f"{status}; unsigned record, the program was cut off before it could sign"
    problems = check_certificate(study.audit / "certificate.json", study.log)
    if problems:
        raise DamagedError(f"the certificate does not fit: {problems[0]}", file="certificate.json")
    return f"{status}; certificate checked"


def prepare(study: Study, store: Store, time: datetime.datetime) -> None:
    """Count what can only be counted with the key, and write it beside the log; value-free."""
    from anonymizer.audit.gather import gather

    log, lines = read_log(study, store.document.log)
    facts = gather(study, store, Examined(log, lines), time=time)
    fresh = build(dataclasses.replace(facts, transcripts=(), mosaics=(), outputs=None))
    earlier = deposit.twin_of(study)
    document = {**earlier, **{part: fresh[part] for part in _FRESH}}
    document["study"] = {**earlier["study"], "time": stamp(time), "days_left": fresh["study"]["days_left"]}
    rows = {row["label"]: row for row in (*earlier["timeline"], *fresh["timeline"])}
    document["timeline"] = list(rows.values())
    document["open_points"] = [p for p in earlier["open_points"] if p["topic"] in _STAY]
    document["open_points"] += [p for p in fresh["open_points"] if p["topic"] in ("log", "recordings")]
    files.write_json(study.audit / PREPARED, document, files.SHARED_FILE)


def finish(study: Study, time: datetime.datetime) -> dict[str, Any]:
    """Write the final report from what was prepared and from the certificate.

    Raises:
        DamagedError: What was prepared is gone.
    """
    try:
        document: dict[str, Any] = json.loads((study.audit / PREPARED).read_bytes())
    except (OSError, ValueError):
        raise DamagedError("is missing or damaged", file=PREPARED, hint="restore audit/ from a copy") from None
    document["study"]["time"] = stamp(time)
    _log(study, document)
    ended = certificate(study)
    originals = _originals(study)
    released = sum(t["state"] == "released" for t in document["transcripts"])
    if ended is not None:
        name = "destruction-unsigned.json" if ended.get("signed") is False else "certificate.json"
        digest = hashlib.sha256((study.audit / name).read_bytes()).hexdigest()
        document["key"] = {**(document["key"] or {}), "destroyed": ended["time"], "certificate": digest}
        document["timeline"] = [r for r in document["timeline"] if not r["label"].startswith("key d")]
        document["timeline"].append({"label": "key destroyed", "times": [ended["time"]]})
        state = "key destroyed, originals present" if originals else "key destroyed, originals deleted"
    else:
        state = "the key is kept, as the retention policy says" + ("; originals present" if originals else "")
    document["status"]["sentence"] = f"The study is closed: {released} transcripts are pseudonymized; {state}."
    document["open_points"] += _points(document, originals)
    document["open_points"].sort(key=lambda p: ("stop", "attend", "note").index(p["level"]))
    document["status"]["worst"] = next((p["level"] for p in document["open_points"]), "none")
    files.write_atomic(study.audit / "report.json", canonical(document), files.SHARED_FILE)
    files.write_atomic(study.audit / "report.html", page(document), files.SHARED_FILE)
    return document


def _log(study: Study, document: dict[str, Any]) -> None:
    log, _ = read_log(study)
    document["log"] = {
        **(document["log"] or {}),
        "lines": log.lines,
        "ok": log.ok,
        "problems": [list(problem) for problem in log.problems],
        "head": log.head.digest,
        "seq": log.head.seq,
        "counts": dict(sorted(log.counts.items())),
    }


def _originals(study: Study) -> int:
    """Files with originals that are still there: received, drafts, decisions, recordings."""
    folders = (study.received, study.draft, study.recordings)
    return sum(1 for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file())


def _points(document: dict[str, Any], originals: int) -> list[dict[str, Any]]:
    """What stays open for ever: originals left, copies that somebody said remain."""
    points = []
    if originals:
        text = f"{originals} files with originals are still in private/"
        points.append({"level": "attend", "count": originals, "text": text, "topic": "retention"})
    rows = (document["recordings"] or {"rows": []})["rows"]
    places: dict[str, int] = {}
    for row in rows:
        for place, answer in row["answers"]:
            if answer in ("remains", "unknown"):
                places[place] = places.get(place, 0) + 1
    for place, count in sorted(places.items()):
        text = f"copies of recordings may remain in: {place} ({count} recordings)"
        points.append({"level": "attend", "count": count, "text": text, "topic": "recordings"})
    return points
