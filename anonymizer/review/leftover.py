"""What is not decided yet: every capitalised word, number, quoted title and rare word outside of the findings.

After the UK Data Service's text anonymisation helper, which marks capitals and digits for a second look; the list is
grouped by form, rarest first, and shrinks as findings are added and passages are called fine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from anonymizer.detection.rules import Lexicon, list_files, read_list, read_words
from anonymizer.detection.words import Word, lower_case, split
from anonymizer.resources import rule_files
from anonymizer.review.overlay import Overlay, span_id
from anonymizer.review.sensitive import Sensitive, read_sensitive
from anonymizer.transcript import Transcript

KINDS = {
    "capital": "Capitalised",
    "number": "Numbers",
    "quoted": "Quoted",
    "rare": "Rare words",
    "role": "Unusual roles",
    "topic": "Sensitive talk",
}
_DIGITS = re.compile(r"(?<![\w.,])[#$€£]?\d[\d.,:/-]*\d%?|(?<![\w.,])[#$€£]?\d%?")
_QUOTES = re.compile(r"“([^”\n]{2,80})”|\"([^\"\n]{2,80})\"|‘([^’\n]{2,80})’(?!\w)")
_ENDINGS = ("'s", "s", "es", "ed", "d", "ing", "ly", "er", "ers", "est", "ies", "ied", "ness", "able", "ment", "ments")
_RARE_LETTERS = 4
# turns between two hits of a topic that still count as one passage
_GAP = 2


@dataclass(frozen=True, slots=True)
class Left:
    """A form, or a passage, that nobody decided about.

    Attributes:
        kind: A key of :data:`KINDS`.
        form: The words. Text: never stored.
        spots: Mention ids.
        why: For roles and topics, the rule's reason.
        done: All spots were called fine.
    """

    kind: str
    form: str = field(repr=False)
    spots: tuple[str, ...] = ()
    why: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True)
class Everyday:
    """What needs no second look: everyday words, words that always stay, number words."""

    common: frozenset[str]
    keep: Lexicon
    numbers: frozenset[str]
    sensitive: Sensitive

    def known(self, lower: str) -> bool:
        """An everyday word, or an inflection of one."""
        if lower in self.common:
            return True
        for ending in _ENDINGS:
            stem = lower.removesuffix(ending)
            if stem != lower and len(stem) > 2:
                if stem in self.common or stem + "e" in self.common or stem + "y" in self.common:
                    return True
                if len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in self.common:
                    return True
        return False


@lru_cache(maxsize=4)
def everyday(language: str, overlay: Path | None) -> Everyday:
    """The lists of a language with the study's own."""
    words = read_words(language, overlay)
    common = read_list(rule_files(f"{language}/common.txt", overlay))
    numbers = {phrase.partition(" = ")[0] for key in ("digits", "teens", "tens", "scales") for phrase in words[key]}
    return Everyday(
        frozenset(common), Lexicon(read_list(list_files("keep", overlay)).values()), frozenset(numbers),
        read_sensitive(language, overlay),
    )  # fmt: skip


def left_over(content: Transcript, view: Overlay, lists: Everyday) -> list[Left]:
    """Everything undecided in a transcript, by kind, rarest first; what was called fine is ``done``."""
    spots: dict[tuple[str, str], list[str]] = {}
    forms: dict[tuple[str, str], str] = {}
    captions = lower_case(" ".join(turn.text for turn in content.turns[:200]))
    for turn in content:
        taken = [(m.decision.start, m.decision.end) for m in view.in_turn(turn.index)]
        words = split(turn.text)
        for kind, start, end in _spans(turn.text, words, lists, captions):
            if any(a < end and start < b for a, b in taken):
                continue
            form = turn.text[start:end]
            key = (kind, form.casefold())
            forms.setdefault(key, form)
            spots.setdefault(key, []).append(span_id(turn.index, start, end))
    result = [
        Left(kind, forms[kind, lower], tuple(ids), done=all(id in view.fine for id in ids))
        for (kind, lower), ids in spots.items()
    ]
    result.sort(key=lambda left: (list(KINDS).index(left.kind), len(left.spots), left.form.casefold()))
    return [*result, *_sensitive(content, view, lists.sensitive)]


def _spans(text: str, words: list[Word], lists: Everyday, captions: bool) -> Iterable[tuple[str, int, int]]:
    """Passages of a turn, each character in one at most: quotes, numbers, capitals, rare words."""
    used: list[tuple[int, int]] = []

    def free(start: int, end: int) -> bool:
        return not any(a < end and start < b for a, b in used)

    for match in _QUOTES.finditer(text):
        group = next(n for n in (1, 2, 3) if match[n] is not None)
        if match[group].strip():
            used.append(match.span(group))
            yield "quoted", *match.span(group)
    for match in _DIGITS.finditer(text):
        if free(*match.span()):
            used.append(match.span())
            yield "number", *match.span()
    for start, end in (*_number_words(words, lists), *_capitals(text, words, lists)):
        if free(start, end):
            used.append((start, end))
            yield ("number" if text[start:end].islower() else "capital"), start, end
    for word in words:
        plain = not word.capital or captions or word.first
        if plain and _rare(word, lists) and free(word.start, word.end):
            yield "rare", word.start, word.end


def _rare(word: Word, lists: Everyday) -> bool:
    if len(word.lower) < _RARE_LETTERS or not word.lower.isalpha() or word.lower in lists.numbers:
        return False
    return not lists.known(word.lower) and word.lower not in lists.keep


def _number_words(words: list[Word], lists: Everyday) -> Iterable[tuple[int, int]]:
    """Two or more number words in a row: "thirty seven"; one alone is everyday talk."""
    run: list[Word] = []
    for word in [*words, None]:
        joined = run and word is not None and word.gap.strip(" -") == ""
        if word is not None and word.lower in lists.numbers and not word.capital and (joined or not run):
            run.append(word)
            continue
        if len(run) > 1:
            yield run[0].start, run[-1].end
        run = [word] if word is not None and word.lower in lists.numbers and not word.capital else []


def _capitals(text: str, words: list[Word], lists: Everyday) -> Iterable[tuple[int, int]]:
    """Runs of capitalised words; at the start of a sentence a capital counts if the word is not an everyday one."""
    run: list[Word] = []
    for word in [*words, None]:
        joined = bool(run) and word is not None and word.gap in (" ", "-", "'", "’", ". ", "&", " & ")
        if word is not None and _capital(word, lists) and (joined or not run):
            run.append(word)
            continue
        if run and text[run[0].start : run[-1].end] not in lists.keep:
            yield run[0].start, run[-1].end
        run = [word] if word is not None and _capital(word, lists) else []


def _capital(word: Word, lists: Everyday) -> bool:
    if not word.capital or word.lower == "i":
        return False
    return not (word.first and (lists.known(word.lower) or word.lower in lists.keep))


def _sensitive(content: Transcript, view: Overlay, rules: Sensitive) -> list[Left]:
    """Roles one by one; of a topic, hits in nearby turns together."""
    roles: list[Left] = []
    topics: dict[str, list[list[tuple[int, str, str]]]] = {}
    for turn in content:
        hidden = [
            (m.decision.start, m.decision.end)
            for m in view.in_turn(turn.index)
            if m.decision.action != "keep" and not m.undecided
        ]
        for hit in rules.hits(turn.text):
            if any(a <= hit.start and hit.end <= b for a, b in hidden):
                continue
            id, form = span_id(turn.index, hit.start, hit.end), turn.text[hit.start : hit.end]
            if hit.kind == "role":
                roles.append(Left("role", form, (id,), hit.why, id in view.fine))
                continue
            runs = topics.setdefault(hit.why, [])
            if runs and turn.index - runs[-1][-1][0] <= _GAP:
                runs[-1].append((turn.index, id, form))
            else:
                runs.append([(turn.index, id, form)])
    result = roles
    for topic, runs in topics.items():
        for run in runs:
            words = ", ".join(dict.fromkeys(form.casefold() for _, _, form in run))
            ids = tuple(id for _, id, _ in run)
            result.append(Left("topic", words, ids, topic, all(id in view.fine for id in ids)))
    return result
