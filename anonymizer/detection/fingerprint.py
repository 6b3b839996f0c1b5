"""What a transcript's candidates depend on besides its text. Loads no model and no word list."""

from __future__ import annotations

import hashlib
from pathlib import Path

from anonymizer.detection import model, rules
from anonymizer.detection.student import FOLDER, student_identity
from anonymizer.study import DetectionSettings

# of the code that makes candidates; raised when the same model and rules would give others
_VERSION = "2"


def uses_student(settings: DetectionSettings) -> bool:
    """True where the shipped network does the reading: English, with the default model's tokenizer and vectors."""
    return settings.student and settings.language == "en" and settings.model == model.DEFAULT


def fingerprint(settings: DetectionSettings, overlay: Path | None = None, student: Path = FOLDER) -> str:
    """Digest over the model and the rules: candidates made under another one are not to be reused.

    A run in which nothing changed asks for this alone, so it takes milliseconds.

    Args:
        settings: ``[detection]`` of study.toml.
        overlay: The study's rules/ folder.
        student: Where the student lies.

    Raises:
        ModelError: The model is not installed.
    """
    name = model.identity(settings.model, settings.language)
    if uses_student(settings):
        name += "\n" + student_identity(student)
    total = hashlib.sha256(f"{_VERSION}\n{name}\n".encode())
    total.update(rules.digest(overlay, settings.language).encode())
    return total.hexdigest()
