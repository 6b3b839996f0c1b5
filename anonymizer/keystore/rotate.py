"""Replacing the shred secret, and the paper copies that this makes void."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from anonymizer.keystore.document import Document, Paper
from anonymizer.keystore.paper import render_paper
from anonymizer.keystore.store import Store
from anonymizer.keystore.vault import Entry


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a replacement of the shred secret means for paper.

    Attributes:
        void: Numbers of the paper copies that open nothing any more.
        page: The next page to print, or None if the study keeps no paper copy. Holds the shred secret.
    """

    void: tuple[int, ...] = ()
    page: str | None = field(default=None, repr=False)


def replace_secret(store: Store, document: Document, entries: Iterable[Entry]) -> Replaced:
    """Save ``document`` under a new shred secret; where the study has a paper copy, register and give the next page."""
    void = tuple(paper.counter for paper in document.papers)
    wanted = any(paper.counter == store.slot.counter for paper in document.papers)
    if wanted:
        made = Paper(store.slot.counter + 1, store.clock().date().isoformat(), 1)
        document = replace(document, papers=(*document.papers, made))
    store.commit(document, entries, replace_shred=True)
    return Replaced(void, render_paper(store.study.settings.id, store.slot) if wanted else None)


def rotate(store: Store) -> Replaced:
    """A new shred secret for the same content: every older copy of study.key is closed from now on."""
    return replace_secret(store, store.document, [("rotate", {})])


def make_paper(store: Store) -> str:
    """One more paper copy of the present shred secret, registered before it is shown."""
    counter = store.slot.counter
    papers = list(store.document.papers)
    for index, paper in enumerate(papers):
        if paper.counter == counter:
            papers[index] = replace(paper, copies=paper.copies + 1)
            break
    else:
        papers.append(Paper(counter, store.clock().date().isoformat(), 1))
    store.commit(replace(store.document, papers=tuple(papers)), [("paper", {"number": counter})])
    return render_paper(store.study.settings.id, store.slot)
