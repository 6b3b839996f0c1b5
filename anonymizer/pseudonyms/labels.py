"""Labels: what entities are called, and that no label is ever a real name or given twice."""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from anonymizer.entities.names import fold, tokens
from anonymizer.errors import RulesError
from anonymizer.policy.model import Style

NOUNS: Mapping[str, str] = {
    "PERSON": "Person", "ORGANIZATION": "Organization", "LOCATION": "Place", "DATE": "Date", "AGE": "Age",
    "EMAIL": "Email", "PHONE": "Phone", "URL": "Web address", "HANDLE": "Account", "ADDRESS": "Address", "ID": "Number",
    "PRODUCT": "Product", "TECHNOLOGY": "Technology", "ROLE": "Role", "OTHER": "Item",
}  # fmt: skip
_NUMBERED = re.compile(r"\[(.+) (\d+)\]")
_TRIES = 2000


def unbracketed(label: str) -> str:
    """The label's words, folded."""
    return fold(label.strip("[]"))


def is_numbered(label: str) -> bool:
    """Whether a label is of the form ``[Noun 3]``, which no real name is mistaken for."""
    return _NUMBERED.fullmatch(label) is not None


def code_label(code: str) -> str:
    """How a participant or interviewer stands in running text: ``[P07]``."""
    return f"[{code}]"


class RealNames:
    """Every real name that is known, whole and in parts, to keep labels apart from them."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = set(names)

    @functools.cached_property
    def _whole(self) -> set[str]:
        return {fold(name) for name in self._names}

    @functools.cached_property
    def _parts(self) -> set[str]:
        return {part for name in self._names for part in tokens(name) if len(part) > 1}

    def clash(self, label: str) -> bool:
        """Whether a label is a real name, or shares a part with one."""
        return fold(label) in self._whole or any(part in self._parts for part in tokens(label))

    def is_name(self, label: str) -> bool:
        """Whether a label as a whole is a real name."""
        return fold(label) in self._whole


@dataclass(slots=True)
class Namer:
    """Gives labels in the order in which it is asked; the same questions get the same answers.

    Attributes:
        reserved: Every label ever given; grows.
        real: Real names.
        seed: The study's random seed; realistic names are drawn under it.
        nouns: The policy's nouns by type or kind.
        locale: Of realistic names.
    """

    reserved: set[str] = field(repr=False)
    real: RealNames = field(repr=False)
    seed: bytes = field(repr=False)
    nouns: Mapping[str, str] = field(default_factory=dict)
    locale: str = "en_US"
    _next: dict[str, int] = field(default_factory=dict)
    _folded: set[str] = field(default_factory=set, repr=False)
    _used_parts: set[str] = field(default_factory=set, repr=False)
    _drawn: int = 0

    def __post_init__(self) -> None:
        for label in self.reserved:
            self._count(label)

    def _count(self, label: str) -> None:
        self._folded.add(unbracketed(label))
        if not is_numbered(label):
            self._used_parts.update(tokens(label.strip("[]")))
        if found := _NUMBERED.fullmatch(label):
            noun = fold(found[1])
            self._next[noun] = max(self._next.get(noun, 0), int(found[2]))

    def take(self, label: str) -> bool:
        """Reserve a label; False if it was ever given."""
        if unbracketed(label) in self._folded:
            return False
        self.reserved.add(label)
        self._count(label)
        return True

    def noun(self, entity_type: str, kind: str = "") -> str:
        """The noun of a numbered label."""
        if kind:
            return self.nouns.get(kind) or kind[0].upper() + kind[1:]
        return self.nouns.get(entity_type) or NOUNS[entity_type]

    def numbered(self, noun: str) -> str:
        """The next ``[Noun n]``."""
        while True:
            number = self._next.get(fold(noun), 0) + 1
            self._next[fold(noun)] = number
            label = f"[{noun} {number}]"
            if not self.real.is_name(unbracketed(label)) and self.take(label):
                return label

    def name(self, style: Style, entity_type: str, kind: str, about: str = "", gender: str = "") -> str:
        """A new label.

        Args:
            style: From the policy.
            entity_type: What is named.
            kind: ``hospital``, ``sister`` ...; may be empty.
            about: Code of the one participant that a person's kind relates to.
            gender: ``m``, ``f`` or empty, for realistic names.
        """
        if style == "realistic":
            return self._realistic(entity_type, gender)
        if entity_type == "PERSON":
            if style == "role" and kind and about:
                label = f"[{about}'s {kind}]"
                return label if self.take(label) else self.numbered(f"{about}'s {kind}")
            if style in ("role", "kind") and kind:
                return self.numbered(self.nouns.get(kind) or kind)
            return self.numbered(self.noun("PERSON"))
        return self.numbered(self.noun(entity_type, kind))

    def _realistic(self, entity_type: str, gender: str) -> str:
        faker = _faker(self.locale)
        for _ in range(_TRIES):
            self._drawn += 1
            # one draw, one seed: the n-th name does not depend on how the earlier ones were used
            stream = hmac.digest(self.seed, f"name\0{self.locale}\0{self._drawn}".encode(), hashlib.sha256)
            faker.seed_instance(int.from_bytes(stream[:8], "big"))
            if entity_type == "PERSON":
                first = {"m": faker.first_name_male, "f": faker.first_name_female}.get(gender, faker.first_name)()
                words = f"{first} {faker.last_name()}"
            else:
                words = faker.company()
            parts = set(tokens(words))
            # nor a part of a pseudonym given before: "[Ann Lee]" and "[Ann Gray]" read like one person
            taken = entity_type == "PERSON" and bool(parts & self._used_parts)
            if not self.real.clash(words) and not taken and self.take(f"[{words}]"):
                return f"[{words}]"
        raise RulesError(
            "no realistic name is left that is nobody's real name", hint="choose another locale, or numbered names"
        )


def _faker(locale: str):  # type: ignore[no-untyped-def]
    try:
        from faker import Faker
    except ImportError:
        raise RulesError(
            "realistic names need Faker", hint="pip install 'transcript-anonymizer[realistic]', or numbered names"
        ) from None
    try:
        return Faker(locale)
    except AttributeError:
        raise RulesError("realistic names are not available for this locale") from None
