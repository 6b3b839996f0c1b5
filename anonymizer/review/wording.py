"""Letters, glyphs and words for types, states and actions: one table for the page, the terminal and the docs."""

from __future__ import annotations

from anonymizer.review.marks import MarkedEntity
from anonymizer.review.overlay import Mention

# entity type -> (letter of the chip and key, style class, word)
TYPES: dict[str, tuple[str, str, str]] = {
    "PERSON": ("P", "person", "person"),
    "ORGANIZATION": ("O", "organization", "organization"),
    "PRODUCT": ("O", "organization", "product"),
    "LOCATION": ("L", "place", "place"),
    "ADDRESS": ("C", "contact", "address"),
    "EMAIL": ("C", "contact", "e-mail address"),
    "PHONE": ("C", "contact", "phone number"),
    "URL": ("C", "contact", "web address"),
    "HANDLE": ("C", "contact", "user name"),
    "ID": ("C", "contact", "number or id"),
    "DATE": ("D", "date", "date"),
    "AGE": ("D", "date", "age"),
    "ROLE": ("X", "role", "role"),
    "TECHNOLOGY": ("T", "technology", "technology"),
    "OTHER": ("X", "role", "other"),
}

# keys after t (change type) or after a selection (add): letter -> type; c is refined by what the passage looks like
TYPE_KEYS: dict[str, str] = {
    "p": "PERSON",
    "o": "ORGANIZATION",
    "l": "LOCATION",
    "c": "CONTACT",
    "d": "DATE",
    "g": "AGE",
    "x": "ROLE",
    "u": "PRODUCT",
    "t": "TECHNOLOGY",
    "r": "OTHER",
}

GLYPHS = {"pseudonymize": "✓", "keep": "=", "remove": "-", "generalize": "~"}

ACTION_WORDS = {
    "pseudonymize": "replace by a pseudonym",
    "generalize": "make more general",
    "remove": "remove",
    "keep": "keep",
}
DONE_WORDS = {"pseudonymize": "replaced", "generalize": "made more general", "remove": "removed", "keep": "kept"}

SOURCE_WORDS = {
    "roster": "the roster",
    "speaker": "a speaker's name",
    "ner": "the language model",
    "pattern": "a pattern",
    "spoken": "a spoken form",
    "context": "its context",
    "consistency": "another place of this transcript",
    "lexicon": "a word list",
    "reviewer": "a reviewer",
}

CONTEXT_WORDS = {
    "direct": "names or contacts of somebody",
    "tied": "tied to somebody here",
    "general": "mentioned in general",
    "technical": "a technical name",
    "relative": "a relative time",
    "situation": "an unusual role or situation",
}


def glyph(mention: Mention) -> str:
    """``?`` undecided, ``!`` in dispute, else by action."""
    if mention.how == "conflict":
        return "!"
    return "?" if mention.undecided else GLYPHS[mention.decision.action]


def chip(mention: Mention) -> str:
    """Letter and glyph: ``P?``."""
    return TYPES[mention.decision.entity_type][0] + glyph(mention)


def classes(mention: Mention) -> str:
    """Style classes of a mark: type and state."""
    d = mention.decision
    names = [TYPES[d.entity_type][1]]
    if mention.how == "conflict":
        names.append("conflict")
    elif mention.undecided:
        names.append("undecided")
    else:
        names.append("kept" if d.action == "keep" else "done")
        if mention.how == "carried":
            names.append("carried" if mention.looked else "carried unseen")
        elif mention.how == "machine":
            names.append("machine")
    return " ".join(names)


def label(entity: MarkedEntity | None) -> str:
    """What stands for an entity: its pseudonym, its code, or a placeholder until the key machine gives one."""
    if entity is None:
        return "[?]"
    if entity.pseudonym:
        return entity.pseudonym
    if entity.roster:
        return f"[{entity.roster}]"
    kind = entity.kind or TYPES[entity.entity_type][2]
    # ids of entities that people made are long; four characters tell them apart well enough to read
    return f"[{kind[:1].upper()}{kind[1:]} {entity.id[:4] if entity.id.startswith('R') else entity.id}]"


def guess_contact(text: str) -> str:
    """Which contact type a passage looks like: EMAIL, URL, HANDLE, PHONE, ADDRESS or ID."""
    lowered = text.casefold()
    digits = sum(c.isdigit() for c in text)
    if "@" in lowered.strip("@") or (" at " in lowered and " dot " in lowered):
        return "EMAIL"
    if "://" in lowered or lowered.startswith("www.") or " dot com" in lowered or lowered.endswith((".com", ".org")):
        return "URL"
    if lowered.startswith("@"):
        return "HANDLE"
    letters = sum(c.isalpha() for c in text)
    if digits >= 6 and not letters:
        return "PHONE"
    if digits and letters > digits and " " in text:
        return "ADDRESS"
    return "ID"
