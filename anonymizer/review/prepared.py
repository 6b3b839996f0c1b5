"""Which transcripts there are to review, and under which names people ask for them."""

from __future__ import annotations

from anonymizer.errors import ReviewError
from anonymizer.review import marks as marks_store
from anonymizer.study import Study


def prepared(study: Study) -> tuple[str, ...]:
    """Ids of all transcripts that have marks, sorted."""
    return tuple(sorted(p.parent.name for p in study.review.glob("*/marks.json"))) if study.review.is_dir() else ()


def find(study: Study, name: str) -> str:
    """The id of a transcript by its code (``P07-1``) or id, or its id's beginning of at least six characters.

    Raises:
        ReviewError: None or several fit.
    """
    ids = prepared(study)
    found = [id for id in ids if id == name or (len(name) >= 6 and id.startswith(name))]
    found = found or [id for id in ids if marks_store.load(study.review, id).code == name]
    if len(found) != 1:
        raise ReviewError(
            f"no prepared transcript is called {name}" if not found else f"several transcripts begin with {name}",
            hint="anonymizer status lists them",
        )
    return found[0]
