"""What may be a speaker label, judged over the whole file.

A colon does not make a speaker ("I work at St. Mary's: the big one"). A prefix counts as a label when it names a role
("Interviewer", "Speaker 1"), when it repeats, or when it looks like a name in a file whose other passages have labels.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

MAX_LABEL = 64
# with what stands in parentheses behind the name: an office, a company, pronouns
MAX_HEAD = 160

_ROLE = re.compile(
    r"""(?ix)^(?:the\s+)?(?:
        (?:unknown\s+)?(?:speaker|spk|sprecher(?:in)?|hablante|voice|caller|guest|host|participant|respondent|subject|person|student|teacher|patient|
           moderator|facilitator|interviewer|interviewee|int|res|resp|inv|par|mod|fac|narrator|researcher|chair|q|a|i|r|p|s|m|f|
           question|answer|frage|antwort|interviewte[rn]?|befragte[rn]?|entrevistador[a]?|entrevistad[oa]|all|several|both|man|woman|
           male(?:\s+speaker)?|female(?:\s+speaker)?)
        [\s_.\-\#]*(?:\d{1,3}|[A-H])?(?:\s*\([^()]{1,30}\))?
        | unknown | unidentified(?:\s+\w+)?
    )$"""
)
_SPOKEN = frozenset(
    word
    for line in (
        "so and but or well note yes no yeah ok okay then now also example first second third finally again because",
        "however right look listen plus meaning basically actually anyway nb ps warning important summary title date",
        "time duration e.g i.e like today here there that this what why how who when where",
    )
    for word in line.split()
)
_NOT_SPEECH = frozenset(
    word
    for line in (
        "laughter laughs laughing music applause inaudible crosstalk silence pause coughs cough sighs sigh",
        "unintelligible noise overlapping background",
    )
    for word in line.split()
)
_WORD = re.compile(r"[^\W\d_]")
# "15 August 2026, 08:07" is the head of a file and nobody's name
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_REMARK = re.compile(r"^(?P<name>[^()]+?)\s*\([^()]*\)$")
_ALLOWED = re.compile(r"^[\w .,'’`´\-–()#&/@+*·]+$")


def label_shaped(text: str) -> bool:
    """Whether a text could be a label at all: short, of few words, no sentence."""
    text = _bare(text)
    if not text or len(text) > MAX_LABEL or not _ALLOWED.match(text) or _YEAR.search(text):
        return False
    words = text.split()
    if len(words) > 7 or not (_WORD.search(text) or is_phone(text)):
        return False
    # "I went home. Then" is a sentence, "Dr. J. Ode" is not
    return all(len(w) <= 4 or not w.endswith(".") for w in words[:-1]) and not text.endswith((",", "-"))


def _bare(label: str) -> str:
    """A label without a remark in parentheses behind it."""
    match = _REMARK.match(label) if len(label) <= MAX_HEAD else None
    return match["name"] if match else label


def is_phone(text: str) -> bool:
    """Whether a label is a telephone number, as meeting services show people who dial in."""
    digits = sum(c.isdigit() for c in text[:MAX_LABEL])
    return len(text) <= MAX_LABEL and 6 <= digits <= 16 and all(c in "+-() .*x" or c.isdigit() for c in text.lower())


def is_role(text: str) -> bool:
    """Whether a label names a part in the talk: ``Interviewer``, ``SPEAKER_00``, ``R2``."""
    text = text.strip()
    return len(text) <= MAX_LABEL and _ROLE.match(text) is not None


def name_like(text: str) -> bool:
    """Whether every word of a label begins like a name."""
    text = _bare(text)
    if len(text) > MAX_LABEL:
        return False
    if is_phone(text) or is_role(text):
        return True
    words = [w.strip("().,'’-#*@") for w in text.split()]
    words = [w for w in words if w]
    small = {
        "de",
        "da",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "y",
        "dos",
        "di",
        "du",
        "and",
        "&",
    }
    return (
        0 < len(words) <= 5
        and all(w[0].isupper() or w[0].isdigit() or w in small for w in words)
        and any(w[0].isupper() for w in words)
        and text.lower().strip(".") not in _SPOKEN
    )


def not_speech(text: str) -> bool:
    """Whether a bracketed text is a sound and not a person: ``(laughter)``."""
    return any(w in _NOT_SPEECH for w in re.findall(r"[a-z]+", text.lower()))


def accepted(candidates: Iterable[str], passages: int) -> frozenset[str]:
    """Which prefixes of a file's passages are speaker labels.

    Args:
        candidates: Label-shaped prefixes, one for each passage that has one.
        passages: Number of all passages of the file.
    """
    counts = Counter(candidates)
    if not counts:
        return frozenset()
    share = sum(counts.values()) / max(passages, 1)
    roles = {label for label in counts if is_role(label)}
    spoken = {label for label in counts if label.lower().strip(".") in _SPOKEN}
    repeated = {
        label for label, n in counts.items() if n >= 2 and label not in spoken and (name_like(label) or share >= 0.5)
    }
    sure = roles | repeated
    covered = sum(counts[label] for label in sure) / max(passages, 1)
    if covered >= 0.25 or (share >= 0.5 and len(counts) <= max(4, passages)):
        # a person who speaks once, a dial-in number: by looks, since the file has labels
        sure |= {label for label in counts if name_like(label)}
    return frozenset(sure)


_PREFIX = re.compile(r"^(?P<label>[^:\n]{1,160}?)[ \t]{0,9}:(?:[ \t]+|$)")


def split_colon(text: str) -> tuple[str, str] | None:
    """``("Jane Ode", "the rest")`` for ``Jane Ode: the rest`` when the left side is label-shaped."""
    match = _PREFIX.match(text)
    if match is None:
        return None
    label = unbracketed(match["label"].strip())
    return (label, text[match.end() :]) if label_shaped(label) else None


def unbracketed(label: str) -> str:
    """A label without the brackets, asterisks or dash around it: ``[SPEAKER_00]``, ``**Jane**``, ``>> JANE``."""
    label = label.strip()
    if len(label) > MAX_HEAD:
        return label
    while True:
        before = label
        if len(label) > 2 and (label[0], label[-1]) in (("[", "]"), ("<", ">"), ("*", "*"), ("_", "_")):
            label = label[1:-1].strip()
        if label.startswith((">>", "- ", "– ", "— ")):
            label = label.lstrip(">-–— ").strip()
        if label == before:
            return label
