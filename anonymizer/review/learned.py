"""Study rules learned from decisions: words that reviewers kept, in STUDY/rules/keep/learned.txt.

Only what stays readable in the outputs anyway is written there. What was hidden teaches through the key store: the run
takes an entity's forms from the decisions and saves them with its pseudonym; no rules file ever holds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from anonymizer import files
from anonymizer.detection.rules import read_list, squash
from anonymizer.errors import RulesError
from anonymizer.review.desk import Desk
from anonymizer.review.session import Session
from anonymizer.study import Study

FILE = "keep/learned.txt"
HEAD = (
    "# Learned in the review: words that reviewers kept everywhere, which later runs keep without asking.\n"
    "# `anonymizer rules learned` lists and edits them. One term a line.\n"
)
# a person's name kept in one place says nothing about the next person of that name
_NEVER = ("PERSON", "EMAIL", "PHONE", "URL", "HANDLE", "ADDRESS", "ID", "DATE", "AGE", "ROLE")
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Lesson:
    """A word that could be kept from now on.

    Attributes:
        word: As written.
        transcripts: In how many it was kept.
        against: Why it is not learned, or empty.
    """

    word: str = field(repr=False)
    transcripts: int
    against: str = ""


def learned(study: Study) -> list[str]:
    """Words learned so far, in the file's order.

    Raises:
        RulesError: The file cannot be read.
    """
    path = study.rules / FILE
    return list(read_list([path]).values()) if path.is_file() else []


def _write(study: Study, words: list[str]) -> None:
    text = HEAD + "".join(f"{word}\n" for word in sorted(words, key=str.casefold))
    files.write_atomic(study.rules / FILE, text.encode(), files.SHARED_FILE)


def learn(study: Study, words: list[str]) -> list[str]:
    """Add words; returns those that are new.

    Raises:
        RulesError: A word has no letter, is too short or holds a line break or ``#``.
    """
    known = learned(study)
    keys = {squash(word) for word in known}
    new = []
    for word in (" ".join(w.split()) for w in words):
        if len(squash(word)) < _SHORTEST or "#" in word or word.startswith("!") or len(word) > 120:
            raise RulesError("a learned word has at least three letters or digits and no # or !")
        if squash(word) not in keys:
            keys.add(squash(word))
            new.append(word)
    if new:
        _write(study, [*known, *new])
    return new


def forget(study: Study, words: list[str]) -> list[str]:
    """Take words back; returns those that were there."""
    keys = {squash(word) for word in words}
    known = learned(study)
    gone = [word for word in known if squash(word) in keys]
    if gone:
        _write(study, [word for word in known if squash(word) not in keys])
    return gone


def lessons(session: Session, only: Desk | None = None) -> list[Lesson]:
    """Words that reviewers kept for a whole entity, and what speaks against learning one.

    Args:
        session: The study.
        only: Take kept words from this transcript alone; what speaks against them may come from any.
    """
    kept: dict[str, dict[str, str]] = {}
    against: dict[str, str] = {}
    for desk in session.desks():
        for m in desk.view.mentions.values():
            form = desk.form(m.id)
            key = squash(form)
            d = m.decision
            if d.action != "keep":
                against[key] = "hidden elsewhere"
            elif m.undecided:
                against.setdefault(key, "undecided elsewhere")
            elif d.by and (only is None or desk is only) and len(key) >= _SHORTEST and "#" not in form:
                if d.entity_type in _NEVER:
                    against.setdefault(key, "names and contacts are never learned")
                elif m.how == "own" and len(desk.view.of_entity(d.entity)) > 1:
                    against.setdefault(key, "an exception for one mention")
                kept.setdefault(key, {}).setdefault(desk.transcript, form)
    known = {squash(word) for word in learned(session.study)}
    hidden = {key for key, why in against.items() if why == "hidden elsewhere"}
    result = []
    for key, places in kept.items():
        form = " ".join(next(iter(places.values())).split())
        parts = {squash(word) for word in form.split()}
        why = against.get(key, "") or ("holds a hidden name" if parts & hidden else "")
        if key not in known:
            result.append(Lesson(form, len(places), why))
    return sorted(result, key=lambda lesson: (bool(lesson.against), lesson.word.casefold()))


def learn_from(session: Session, transcript: str) -> list[str]:
    """What an approved transcript teaches; returns the new words."""
    desk = session.desk(transcript)
    return learn(session.study, [lesson.word for lesson in lessons(session, desk) if not lesson.against])
