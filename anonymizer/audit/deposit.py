"""The deposit package: what an archive gets, as a BagIt bag (RFC 8493) with checksums.

::

    STUDY/deposit/
      bagit.txt bag-info.txt manifest-sha256.txt ... tagmanifest-sha256.txt ...
      data/README.txt  transcripts/  codebook.csv  protocol.txt  anonymization-log.csv  report.html  report.json

The protocol is written anew from its questions: the received document's properties may name its author. Everything is
searched for known originals before the package gets its name.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anonymizer import files
from anonymizer.errors import DamagedError, OutputError
from anonymizer.protocol.model import Protocol
from anonymizer.study import Study

FOLDER = "deposit"
CHECKSUMS = ["sha256", "sha512"]
README = """{title}

Interview transcripts, pseudonymized.

Study id       {id}
Prepared       {day} with anonymizer {version}
Transcripts    {transcripts}
Policy         {policy}
Status         {sentence}

transcripts/            one transcript in each format; P07-1 is the first interview of participant P07, I1 an
                        interviewer, G01 a group; transcripts.csv holds all turns of all transcripts
codebook.csv            the protocol's questions; the ids stand in the transcripts
protocol.txt            the interview protocol
anonymization-log.csv   every decision: where, what kind, what was done, found how, by whom, why; no originals
report.html             what was done and how well it is known; report.json holds the same for programs

Replaced passages stand in square brackets: [Person 3] is the same person wherever this label stands in the study,
[2019] and [30-39] are coarser than what was said, [removed ...] says only what kind of thing was said.

Transcripts are personal data as long as a key or an original exists, and what people say may point to them after that.
Whoever uses them agrees not to try to find out who the participants are.
{unreviewed}"""


def codebook(protocol: Protocol) -> bytes:
    """The questions as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("id", "section", "number", "question", "optional"))
    for q in protocol.questions:
        writer.writerow((q.id, q.section, q.number, q.text, "yes" if q.optional else "no"))
    return ("\ufeff" + out.getvalue()).encode()


def protocol_text(protocol: Protocol) -> bytes:
    """The questions as text, a heading for each section."""
    lines = [protocol.title or "Interview protocol", ""]
    section = None
    for q in protocol.questions:
        if q.section != section:
            section = q.section
            lines += ["", section, ""]
        indent = "  " * q.number.count(".")
        lines.append(f"{indent}{q.number}. {q.text}{'  (optional)' if q.optional else ''}")
        lines += [f"{indent}   {note}" for note in q.notes]
    return ("\n".join(lines) + "\n").encode()


def contents(
    study: Study, protocol: Protocol, document: Mapping[str, Any], *, log: bytes, html: bytes, twin: bytes
) -> dict[str, bytes]:
    """Everything in the package: name below ``data/`` -> bytes.

    Args:
        study: The study.
        protocol: Its questions.
        document: The report's document.
        log: The anonymization log.
        html: The report's page.
        twin: Its JSON twin.

    Raises:
        OutputError: Nothing is released.
    """
    released = {
        f"transcripts/{path.relative_to(study.anonymized)}": path.read_bytes()
        for path in sorted(study.anonymized.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    if not released:
        raise OutputError("nothing is released, so there is nothing to deposit", hint="anonymizer release")
    head = document["study"]
    unreviewed = [t["code"] for t in document["transcripts"] if t["state"] == "released" and not t["reviewed"]]
    readme = README.format(
        title=head["title"],
        id=head["id"],
        day=head["time"][:10],
        version=head["version"],
        transcripts=sum(t["state"] == "released" for t in document["transcripts"]),
        policy=head["policy"],
        sentence=document["status"]["sentence"],
        unreviewed=f"\nReleased without review: {', '.join(unreviewed)}.\n" if unreviewed else "",
    )
    return {
        "README.txt": readme.encode(),
        **released,
        "codebook.csv": codebook(protocol),
        "protocol.txt": protocol_text(protocol),
        "anonymization-log.csv": log,
        "report.html": html,
        "report.json": twin,
    }


def write_deposit(study: Study, payload: Mapping[str, bytes], time: str) -> Path:
    """Write the bag beside its final name, validate it, then give it its name; an older package is replaced.

    Raises:
        OutputError: The system refused; an older package is as it was.
    """
    import bagit

    target = study.folder / FOLDER
    work = study.folder / f".tmp-{secrets.token_hex(8)}"
    for old in study.folder.glob(".tmp-*"):
        # what a killed run left; its name is ours
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
    try:
        for name, data in payload.items():
            files.write_atomic(work / name, data, files.SHARED_FILE)
        with _silent():
            bag = bagit.make_bag(
                str(work),
                {
                    "External-Identifier": study.settings.id,
                    "External-Description": "Pseudonymized interview transcripts",
                    "Bagging-Date": time[:10],
                },
                checksums=CHECKSUMS,
            )
            bag.validate()
        for path in work.rglob("*"):
            path.chmod(0o755 if path.is_dir() else files.SHARED_FILE)
        if target.exists():
            aside = study.folder / f".tmp-{secrets.token_hex(8)}"
            target.rename(aside)
            work.rename(target)
            shutil.rmtree(aside)
        else:
            work.rename(target)
        files.fsync_folder(study.folder)
    except (OSError, bagit.BagError) as error:
        shutil.rmtree(work, ignore_errors=True)
        raise OutputError("the deposit package cannot be written") from error.__cause__
    return target


def check_deposit(study: Study) -> bool:
    """Whether there is a package, it is whole, and its transcripts are the files in anonymized/ now.

    Raises:
        DamagedError: The package was changed since it was written.
    """
    import bagit

    target = study.folder / FOLDER
    if not target.is_dir():
        return False
    try:
        with _silent():
            bagit.Bag(str(target)).validate()
    except (bagit.BagError, OSError):
        raise DamagedError(
            "the deposit package was changed since it was written",
            hint="remove deposit/ and run anonymizer close again",
        ) from None
    inside = target / "data" / "transcripts"
    return _tree(inside) == _tree(study.anonymized)


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def twin_of(study: Study) -> dict[str, Any]:
    """The report's document as it went into the package.

    Raises:
        DamagedError: It is missing or cannot be read.
    """
    try:
        document: dict[str, Any] = json.loads((study.folder / FOLDER / "data" / "report.json").read_bytes())
        return document
    except (OSError, ValueError):
        raise DamagedError("the deposit package has no report.json", hint="anonymizer close writes it anew") from None


@contextmanager
def _silent() -> Iterator[None]:
    """Bagit logs paths and tracebacks to standard error; here errors are ours."""
    logger = logging.getLogger("bagit")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
