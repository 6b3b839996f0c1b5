"""Does a text hold a known original? For what people type freely into a reason, a note or a title."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from anonymizer.audit.log import Value
from anonymizer.errors import KeyStoreError
from anonymizer.keystore.document import Document
from anonymizer.roster import Person

FREE_TEXT = ("reason", "note", "title")
_TYPES = {"PERSON", "ORGANIZATION", "LOCATION", "EMAIL", "PHONE", "URL", "HANDLE", "ADDRESS", "ID", "PRODUCT"}
# names that are everyday words: they count only where they are written like a name
_WORDS = frozenset(
    """
    will may mark page hope grace rose art bill rob sue pat jack dean faith joy june april august summer young long king
    bell bush brown black white green gray grey wood woods stone field fields hill hall lane price power powers rich
    sharp short small strong swift best bond book cook baker miller fisher hunter mason carter reed read ray guy gene
    major drew chance chase case cash dale day frank grant heath ivy jean jewel lee max miles more ward west north moon
    star english french german holiday love law low noble paige park parks pearl pierce trace rusty sandy stormy sunny
    the and for not you our his her new one two are
    """.split()  # noqa: SIM905
)


def words(text: str) -> list[str]:
    """Words in their own case, composed; accents removed."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", plain)


def person_forms(person: Person) -> tuple[str, ...]:
    """All that a person is called, with parts of the name that have at least three letters."""
    parts = [part for part in words(person.name) if len(part) > 2]
    return tuple(dict.fromkeys(form for form in (person.name, *person.aliases, person.email, *parts) if form))


def forms(document: Document) -> Iterable[str]:
    """Known originals of the whole study."""
    for person in document.people():
        yield from person_forms(person)
        yield from person.organization
        yield from person.people
        yield from person.places
    for entity in document.entities.values():
        if entity.entity_type in _TYPES:
            yield from entity.forms


def contains(text: str, originals: Iterable[str]) -> bool:
    """True if the text holds one of the forms as whole words, whatever case and accents."""
    found = words(text)
    if not found:
        return False
    folded = [word.casefold() for word in found]
    runs: dict[str, list[int]] = {}
    for position, word in enumerate(folded):
        runs.setdefault(word, []).append(position)
    for form in originals:
        parts = words(form)
        if not parts:
            continue
        lower = [part.casefold() for part in parts]
        for start in runs.get(lower[0], ()):
            if folded[start : start + len(lower)] != lower:
                continue
            if len(lower) > 1 or lower[0] not in _WORDS or found[start][:1].isupper():
                return True
    return False


def check_text(text: str, document: Document, what: str = "the text") -> None:
    """Refuse free text that holds a known original.

    Raises:
        KeyStoreError: It does; does not say which.
    """
    if contains(text, forms(document)):
        raise KeyStoreError(f"{what} holds a known name", hint="use codes and pseudonyms")


def check_fields(fields: Mapping[str, Value], document: Document) -> None:
    """Refuse a log entry whose free text holds a known original.

    Raises:
        KeyStoreError: It does.
    """
    for name in FREE_TEXT:
        value = fields.get(name)
        if isinstance(value, str):
            check_text(value, document, f"the {name}")
