"""Figures measured on this study, kept between commands in ``audit/measures.json``: counts only, never text."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from anonymizer import files
from anonymizer.audit.facts import SecondLookFacts
from anonymizer.audit.plant import KINDS, STYLES, Recall
from anonymizer.audit.sampling import SampleResult
from anonymizer.errors import DamagedError

NAME = "measures.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured last, each with its time (UTC, ISO 8601) or empty.

    Attributes:
        sample: Result of the human sample.
        sample_time: When.
        planted: Recall of planted identifiers.
        planted_time: When.
        second_look: Counts of the second look.
        second_time: When.
    """

    sample: SampleResult | None = None
    sample_time: str = ""
    planted: tuple[Recall, ...] = ()
    planted_time: str = ""
    second_look: SecondLookFacts | None = None
    second_time: str = ""


def load_measures(audit: Path) -> Measures:
    """Read what was measured; nothing if there is no file.

    Raises:
        DamagedError: The file is not one of ours.
    """
    path = audit / NAME
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Measures()
    except (OSError, ValueError, RecursionError):
        raise DamagedError("is damaged", file=path, hint="remove it and measure again") from None
    try:
        if document.pop("v") != VERSION:
            raise ValueError
        sample, second = document["sample"], document["second_look"]
        planted = tuple(Recall(**r) for r in document["planted"])
        if any(r.kind not in KINDS or r.style not in STYLES for r in planted):
            raise ValueError
        return Measures(
            **{
                **document,
                "sample": None
                if sample is None
                else SampleResult(**{**sample, "places": tuple((c, int(t)) for c, t in sample["places"])}),
                "planted": planted,
                "second_look": None if second is None else SecondLookFacts(**second),
            }
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DamagedError("is damaged", file=path, hint="remove it and measure again") from None


def save_measures(audit: Path, **changed: Any) -> Measures:
    """Keep new figures beside those measured before."""
    measures = replace(load_measures(audit), **changed)
    files.write_json(audit / NAME, {"v": VERSION, **asdict(measures)}, files.SHARED_FILE)
    return measures
