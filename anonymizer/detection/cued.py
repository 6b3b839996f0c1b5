"""Names by the words around them: "Dr. Osei", "my wife Nkechi", "thanks, Tove". They need no model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anonymizer.detection.judge import Lexica, Span, TurnText, form_of
from anonymizer.detection.words import Word

# after these a name follows, nearly always; other titles ("old", "coach", "minister") only before an uncommon word
_SURE = frozenset("mr mrs ms miss mx dr prof professor uncle auntie herr frau señor señora don doña".split())  # noqa: SIM905
_GREETS = frozenset("hi hello hey thanks goodbye bye welcome hallo danke hola gracias".split())  # noqa: SIM905
_PART_OF_NAME = frozenset("old little uncle aunt auntie lao xiao tante onkel tío tía".split())  # noqa: SIM905
_OWNERS = frozenset("my our his her their meine mein unser unsere mi mis".split())  # noqa: SIM905
_SAYS = frozenset("said says told asked thinks thought laughed smiled replied sagte meinte dijo".split())  # noqa: SIM905
_LONGEST_GAP = 2


def cued_names(turns: Sequence[TurnText], lexica: Lexica) -> list[Span]:
    """Names after titles, relations and greetings in all turns."""
    spans = []
    for number, turn in enumerate(turns):
        for first, last, reason in _cues(turn, lexica):
            start, end = turn.words[first].start, turn.words[last].end
            group = f"name:{form_of(turn.text[start:end])}"
            spans.append(Span(number, start, end, "PERSON", "direct", 0.75, ("context",), reason, 36, group))
    return spans


def _cues(turn: TurnText, lexica: Lexica) -> Iterator[tuple[int, int, str]]:
    words = turn.words
    for i in range(1, len(words)):
        before, word = words[i - 1], words[i]
        if len(word.gap) > _LONGEST_GAP or len(word.lower) < 2 or word.lower[0].isdigit():
            continue
        title = before.lower in lexica.titles and "," not in word.gap
        if title and _is_name(word, turn, lexica, sure=before.lower in _SURE):
            # "old Marten" and "Uncle Fennick" are what somebody is called; "Dr." is not
            first = i - 1 if before.lower in _PART_OF_NAME else i
            yield first, _more(words, i, turn, lexica), "a name after a title"
        elif (
            before.lower in lexica.relations
            and i > 1
            and words[i - 2].lower in _OWNERS
            and "." not in word.gap
            and _is_name(word, turn, lexica, sure=False)
        ):
            yield i, _more(words, i, turn, lexica), "a name after a relation"
        elif (
            i > 0
            and "," in word.gap
            and word.lower in _OWNERS
            and i + 1 < len(words)
            and words[i + 1].lower in lexica.relations
            and not before.first
            and _is_name(before, turn, lexica, sure=False)
        ):
            yield i - 1, i - 1, "a name before a relation"
        elif (
            word.lower in _SAYS
            and word.gap == " "
            and not before.first
            and len(before.lower) > 2
            and _is_name(before, turn, lexica, sure=False)
        ):
            # without capitals "people said" would do: there the network and the lists decide
            if not turn.lower:
                yield i - 1, i - 1, "a name before a verb of saying"
        elif before.lower in _GREETS and "." not in word.gap and _is_name(word, turn, lexica, sure=False):
            yield i, _more(words, i, turn, lexica), "a name after a greeting"


def _is_name(word: Word, turn: TurnText, lexica: Lexica, *, sure: bool) -> bool:
    text = turn.text[word.start : word.end]
    if word.lower in lexica.titles or word.lower in lexica.relations or word.lower in lexica.eponym_heads:
        return False
    if not sure and lexica.listed(text):
        return False
    if turn.lower:
        return word.lower not in lexica.common
    return word.capital and (sure or word.lower not in lexica.common)


def _more(words: Sequence[Word], i: int, turn: TurnText, lexica: Lexica) -> int:
    """Last word of the name that begins at i: a capitalised or uncommon word right after belongs to it."""
    last = i
    while last + 1 < len(words) and last - i < 2:
        following = words[last + 1]
        if (
            following.gap not in (" ", "-")
            or not following.capital
            or not _is_name(following, turn, lexica, sure=False)
        ):
            break
        last += 1
    return last
