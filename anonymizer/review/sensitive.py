"""Passages that no name finder finds: unusual roles and talk about special categories, by rules/sensitive/."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anonymizer.detection.rules import read_yaml
from anonymizer.errors import RulesError
from anonymizer.resources import rule_files

_MAX_PATTERN = 1200


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage to look at.

    Attributes:
        start: First code point in the text.
        end: One past the last.
        kind: ``role`` or ``topic``.
        why: What the reviewer reads: the rule's reason, or the topic.
    """

    start: int
    end: int
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Sensitive:
    """The rules of one language."""

    roles: tuple[tuple[re.Pattern[str], str], ...]
    topics: tuple[tuple[re.Pattern[str], str], ...]

    def hits(self, text: str) -> list[Hit]:
        """Passages of a turn; of overlapping ones of a kind the first and longest."""
        found = list(self._all(text))
        result: list[Hit] = []
        for hit in sorted(found, key=lambda h: (h.kind, h.start, -h.end)):
            if not any(o.kind == hit.kind and o.start < hit.end and hit.start < o.end for o in result[-3:]):
                result.append(hit)
        return sorted(result, key=lambda h: (h.start, h.kind))

    def _all(self, text: str) -> Iterator[Hit]:
        for kind, rules in (("role", self.roles), ("topic", self.topics)):
            for pattern, why in rules:
                for match in pattern.finditer(text):
                    yield Hit(match.start(), match.end(), kind, why)


def read_sensitive(language: str = "en", overlay: Path | None = None) -> Sensitive:
    """The shipped rules and, after them, the study's own. A language without rules has none.

    Raises:
        RulesError: Not as described in rules/sensitive/en.yaml; says the line.
    """
    roles: list[tuple[re.Pattern[str], str]] = []
    topics: dict[str, list[str]] = {}
    for path in rule_files(f"sensitive/{language}.yaml", overlay):
        value, lines = read_yaml(path)
        if value is None:
            continue
        if not isinstance(value, dict) or not set(value) <= {"roles", "topics"}:
            raise RulesError("only roles and topics are known here", file=path, line=1)
        for key, kind in (("roles", list), ("topics", dict)):
            if not isinstance(value.get(key) or kind(), kind):
                raise RulesError(f"{key} has another form", file=path, line=lines.get((key,)))
        for number, item in enumerate(value.get("roles") or ()):
            roles.append(_role(item, path, lines.get(("roles", number))))
        for topic, entries in (value.get("topics") or {}).items():
            if not isinstance(entries, list) or not all(isinstance(e, str) and e.strip(" *") for e in entries):
                raise RulesError("a topic is a list of words", file=path, line=lines.get(("topics", topic)))
            topics.setdefault(str(topic), []).extend(entries)
    return Sensitive(tuple(roles), tuple((_words(entries), topic) for topic, entries in topics.items()))


def _role(item: Any, path: Path, line: int | None) -> tuple[re.Pattern[str], str]:
    if not isinstance(item, dict) or set(item) != {"why", "pattern"}:
        raise RulesError("a role has why and pattern", file=path, line=line)
    if not isinstance(item["pattern"], str) or not isinstance(item["why"], str) or len(item["pattern"]) > _MAX_PATTERN:
        raise RulesError("why and pattern are texts", file=path, line=line)
    try:
        pattern = re.compile(item["pattern"], re.IGNORECASE)
    except re.error:
        raise RulesError("is not a regular expression", file=path, line=line) from None
    if pattern.match(""):
        raise RulesError("matches everywhere", file=path, line=line)
    return pattern, item["why"]


def _words(entries: list[str]) -> re.Pattern[str]:
    parts = []
    for entry in sorted(set(entries), key=lambda e: (-len(e), e)):
        words = entry.strip().rstrip("*").split()
        ending = r"\w*" if entry.strip().endswith("*") else ""
        parts.append(r"[\s-]+".join(re.escape(word) for word in words) + ending)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)
