"""The study folder and its settings.

::

    STUDY/
      study.toml  protocol.*  rules/
      private/        mode 0700: received/ draft/ review/ cache/ recordings/ salt local.toml
      anonymized/     released files only: the folder that may be shared
      audit/          log.jsonl, reports, certificates

``private/local.toml`` holds what differs between the team's computers: where the key store, the shred secret and the
user's identity file lie. ``private/salt`` keys the names of what ``run --prepare`` makes, so that two computers that
received the same file agree on them without the key.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from anonymizer import files
from anonymizer.errors import StudyError

SETTINGS = "study.toml"
PRIVATE_FOLDERS = ("received", "draft", "review", "cache", "recordings")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DetectionSettings(_Strict):
    """``[detection]``: which models look."""

    model: str = "en_core_web_md"
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")
    student: bool = True


class ReleaseSettings(_Strict):
    """``[release]``: how many people must approve, and what is written."""

    review: Literal["required", "two", "optional"] = "required"
    formats: tuple[str, ...] = ("json", "txt", "docx")
    # roster columns that exports may carry as variables of a participant; none unless named
    attributes: tuple[str, ...] = ()


class ClusterSettings(_Strict):
    """``[cluster]``: the one way in which text leaves the machine; off unless allowed here."""

    allowed: bool = False
    send_roster: bool = False


class Settings(_Strict):
    """study.toml."""

    id: str = Field(pattern=r"^[0-9a-f]{16}$")
    title: str = Field(min_length=1)
    ends_on: datetime.date
    protocol: str
    policy: str = "default"
    retention: str = "default"
    private: str = "private"
    detection: DetectionSettings = DetectionSettings()
    release: ReleaseSettings = ReleaseSettings()
    cluster: ClusterSettings = ClusterSettings()


class Local(_Strict):
    """private/local.toml: this computer's places."""

    keys: str | None = None
    shred: str | None = None
    identity: str | None = None
    reviewer: str | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """A study folder whose settings have been read.

    Attributes:
        folder: STUDY.
        settings: Contents of study.toml.
    """

    folder: Path
    settings: Settings

    @property
    def private(self) -> Path:
        return self.folder / self.settings.private

    @property
    def received(self) -> Path:
        return self.private / "received"

    @property
    def draft(self) -> Path:
        return self.private / "draft"

    @property
    def review(self) -> Path:
        return self.private / "review"

    @property
    def cache(self) -> Path:
        return self.private / "cache"

    @property
    def recordings(self) -> Path:
        return self.private / "recordings"

    @property
    def anonymized(self) -> Path:
        return self.folder / "anonymized"

    @property
    def audit(self) -> Path:
        return self.folder / "audit"

    @property
    def log(self) -> Path:
        return self.audit / "log.jsonl"

    @property
    def rules(self) -> Path:
        return self.folder / "rules"

    @property
    def protocol(self) -> Path:
        return self.folder / self.settings.protocol

    def days_left(self, today: datetime.date) -> int:
        """Days until the study ends; negative after it."""
        return (self.settings.ends_on - today).days

    def local(self) -> Local:
        """This computer's places; empty if nothing was set."""
        path = self.private / "local.toml"
        return Local(**_toml(path)) if path.is_file() else Local()

    def set_local(self, **places: str) -> None:
        """Remember places on this computer."""
        values = {**self.local().model_dump(exclude_none=True), **places}
        text = "".join(f"{key} = {_quoted(value)}\n" for key, value in sorted(values.items()))
        files.write_atomic(self.private / "local.toml", text.encode())

    def salt(self) -> bytes:
        """The 32 bytes that key the ids of received files.

        Raises:
            StudyError: private/salt is missing: this private folder was not made by ``anonymizer init``.
        """
        try:
            data = (self.private / "salt").read_bytes()
        except OSError:
            raise StudyError("private/salt is missing", hint="copy the study's private/ folder as a whole") from None
        if len(data) != 32:
            raise StudyError("private/salt is damaged", hint="restore private/salt from a copy of the study folder")
        return data

    def transcript_id(self, received: bytes) -> str:
        """Id of a received file on every computer that has the study: ``t`` and 12 hex digits of an HMAC-SHA-256."""
        return "t" + hmac.new(self.salt(), received, hashlib.sha256).hexdigest()[:12]


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise StudyError("cannot be read", file=path) from None
    except tomllib.TOMLDecodeError as error:
        # tomllib's message ends with "(at line 3, column 7)" and may quote the line: keep the place only
        place = str(error).rpartition("(at ")[2].rstrip(")") or "unknown place"
        raise StudyError(f"not valid TOML at {place}", file=path) from None


def _line_of(path: Path, key: str) -> int | None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.split("=")[0].strip() == key or line.strip() == f"[{key}]":
            return number
    return None


def open_study(folder: Path) -> Study:
    """Read a study's settings.

    Raises:
        StudyError: No study.toml; not TOML; unknown key, bad value (with its line); protocol missing.
    """
    path = folder / SETTINGS
    if not path.is_file():
        raise StudyError(
            "no study.toml in this folder", hint="anonymizer init DIR --protocol FILE --title T --ends-on DATE"
        )
    try:
        settings = Settings(**_toml(path))
    except ValidationError as error:
        # an unknown key is the cause, the key that is missing then only the effect
        first = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
        key = str(first["loc"][-1]) if first["loc"] else ""
        names = ".".join(str(part) for part in first["loc"])
        said = "unknown key" if first["type"] == "extra_forbidden" else first["msg"].lower()
        raise StudyError(f"{names}: {said}", file=path, line=_line_of(path, key)) from None
    study = Study(folder, settings)
    if not study.protocol.is_file():
        raise StudyError("the protocol named in study.toml is missing", file=path, line=_line_of(path, "protocol"))
    return study


def find_study(start: Path) -> Study:
    """The study in ``start`` or the nearest folder above it.

    Raises:
        StudyError: None found, or its settings are wrong.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / SETTINGS).is_file():
            return open_study(folder)
    raise StudyError("no study.toml here or above", hint="change into the study folder or name it with --study DIR")


def create_study(folder: Path, *, protocol: Path, title: str, ends_on: datetime.date) -> Study:
    """Lay out a new study folder.

    Args:
        folder: Must not exist or be empty.
        protocol: Interview protocol document; copied into the study.
        title: Free text.
        ends_on: The day on which the key is due to be destroyed.

    Raises:
        StudyError: The folder is not empty, or the protocol cannot be read.
        OutputError: Something cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudyError("the study folder exists and is not empty", hint="name a new folder")
    try:
        document = protocol.read_bytes()
    except OSError:
        raise StudyError("the protocol cannot be read", file=protocol) from None
    copied = f"protocol{protocol.suffix.lower()}"
    study_id = secrets.token_hex(8)
    files.write_atomic(folder / copied, document, files.SHARED_FILE)
    for private in PRIVATE_FOLDERS:
        files.make_private(folder / "private" / private)
    files.make_private(folder / "private")
    for shared in ("anonymized", "audit", "rules"):
        (folder / shared).mkdir()
    files.write_atomic(folder / "private" / "salt", secrets.token_bytes(32))
    files.write_atomic(folder / ".gitignore", b"private/\n", files.SHARED_FILE)
    text = (
        f'id = "{study_id}"\ntitle = {_quoted(title)}\nends_on = {ends_on.isoformat()}\nprotocol = "{copied}"\n'
        'policy = "default"        # default, ukds, fsd, hipaa, or a file in rules/policy/\n\n'
        '[detection]\nmodel = "en_core_web_md"\nlanguage = "en"\n\n'
        '[release]\nreview = "required"      # required, two (two approvals) or optional\n'
        'formats = ["json", "txt", "docx"]\n'
    )
    # last, so that an interrupted init leaves a folder that is not taken for a study
    files.write_atomic(folder / SETTINGS, text.encode(), files.SHARED_FILE)
    return open_study(folder)
