"""Coarser words in the place of exact ones: dates, ages, places, kinds, bands, occupations."""

from __future__ import annotations

import re
from collections.abc import Sequence

from anonymizer.policy.model import Rule
from anonymizer.pseudonyms import dates

# what stands where nothing coarser can be said; never the original
MARKERS = {
    "PERSON": "name", "ORGANIZATION": "organization", "LOCATION": "place", "DATE": "date", "AGE": "age",
    "EMAIL": "email", "PHONE": "phone", "URL": "web address", "HANDLE": "account name", "ADDRESS": "address",
    "ID": "number", "PRODUCT": "product", "TECHNOLOGY": "product", "ROLE": "role", "OTHER": "removed",
}  # fmt: skip
# worked out with the pseudonyms: a shift depends on the participant and the sealed seed, a kind on the entity
ASSIGNED = frozenset({"shift", "kind"})
_DECADES = {2: "twenties", 3: "thirties", 4: "forties", 5: "fifties", 6: "sixties", 7: "seventies", 8: "eighties"}
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")


def marker(entity_type: str) -> str:
    """``[email]``, ``[phone]`` ...: says what was there, and nothing of it."""
    return f"[{MARKERS[entity_type]}]"


def kind_words(kind: str) -> str:
    """``[a hospital]``, or empty where the kind is not known."""
    return f"[{'an' if kind[0] in 'aeiou' else 'a'} {kind}]" if kind else ""


def generalize(rule: Rule, text: str, occupations: Sequence[tuple[str, str]] = ()) -> str:
    """The coarser words for one passage, in brackets; the typed marker where none are known.

    Args:
        rule: Says how; its action is generalize, and not one of :data:`ASSIGNED`.
        text: The passage.
        occupations: The policy's code list.
    """
    words = None
    if rule.to in ("year", "quarter", "season", "decade"):
        words = dates.coarser(dates.understand(text), rule.to)
    elif rule.to in ("band", "decade of life"):
        words = _band(rule, text)
    elif rule.to in ("region", "country", "continent", "size"):
        from anonymizer.pseudonyms import places

        small, large = rule.parameter("small", 20_000), rule.parameter("large", 250_000)
        words = places.coarser(text, rule.to, small, large)
    elif rule.to == "occupation":
        words = dict(occupations).get(" ".join(text.casefold().split()))
    if not words or words.casefold() == text.casefold().strip():
        # a year said as a year stays one; anything else that came out unchanged was not made coarser
        return f"[{words}]" if words and rule.entity_type == "DATE" else marker(rule.entity_type)
    return f"[{words}]"


def number_in(text: str) -> int | None:
    """The first number in a passage, in figures or in words up to ninety-nine (and round hundreds and thousands)."""
    if found := _NUMBER.search(text):
        return int(found[0].replace(",", ""))
    words = re.findall(r"[^\W\d_]+", text.casefold())
    for i in range(len(words)):
        for length in (2, 1):
            value = dates.number_of(words[i : i + length])
            if value is not None and len(words[i : i + length]) == length:
                unit = words[i + length : i + length + 1]
                return value * {"hundred": 100, "thousand": 1000}.get(unit[0] if unit else "", 1)
    return None


def _band(rule: Rule, text: str) -> str | None:
    value = number_in(text)
    if value is None:
        return None
    if rule.entity_type == "AGE":
        over = rule.parameter("over", 89)
        if value > over:
            return f"{over + 1} or older"
        if value > 120:
            return None
        if rule.to == "decade of life":
            return _DECADES.get(value // 10, "under 20" if value < 20 else f"{value // 10 * 10}s")
    width = rule.parameter("width", 10)
    low = value // width * width
    high = low + width - 1
    if rule.entity_type == "AGE":
        high = min(high, rule.parameter("over", 89))
    return f"{low}-{high}"
