"""Where the shipped rules lie: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def rules_folder() -> Path:
    """The shipped rules/: ``anonymizer/_rules`` in a wheel, ``rules`` beside the package in a checkout."""
    installed = _PACKAGE / "_rules"
    return installed if installed.is_dir() else _PACKAGE.parent / "rules"


def rule_files(relative: str, overlay: Path | None = None) -> tuple[Path, ...]:
    """Files of a rule, the shipped one first and the study's own (``STUDY/rules``) after it; only those that exist."""
    places = [rules_folder(), *([overlay] if overlay else [])]
    return tuple(place / relative for place in places if (place / relative).is_file())
