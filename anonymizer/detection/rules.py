"""Reading rules/: word lists, language words and pattern recognizers, with file and line in every error.

Word lists are text: an entry a line, ``#`` starts a comment, ``!entry`` takes an entry of the shipped list out again.
Everything shipped can be extended by the study's own rules/ folder of the same layout.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anonymizer.detection.finding import ENTITY_TYPES
from anonymizer.errors import RulesError
from anonymizer.resources import rule_files, rules_folder

_MAX_ENTRY = 120
_NOT_KEY = re.compile(r"[^\w+#]+|_")


def squash(text: str) -> str:
    """Key under which spellings of one term meet: ``VS Code``, ``vs-code`` and ``VSCode`` are ``vscode``."""
    return _NOT_KEY.sub("", text.casefold())


def read_text(path: Path) -> str:
    """A rules file's text.

    Raises:
        RulesError: Cannot be read, or is not UTF-8; says the line.
    """
    try:
        data = path.read_bytes()
    except OSError:
        raise RulesError("cannot be read", file=path) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RulesError("is not UTF-8", file=path, line=line, hint="save it as UTF-8") from None


def read_list(paths: Iterable[Path]) -> dict[str, str]:
    """Entries of word lists, later files after earlier ones.

    Returns:
        Squashed entry -> entry as written.

    Raises:
        RulesError: Not UTF-8, an entry without a letter or digit, one that is too long.
    """
    entries: dict[str, str] = {}
    for path in paths:
        for number, raw in enumerate(read_text(path).split("\n"), 1):
            line = raw.partition("#")[0] if raw.lstrip().startswith("#") or " #" in raw else raw
            entry = line.strip()
            if not entry:
                continue
            drop = entry.startswith("!")
            key = squash(entry.removeprefix("!"))
            if not key or len(entry) > _MAX_ENTRY:
                raise RulesError("not a usable entry", file=path, line=number, hint="one term a line")
            if drop:
                entries.pop(key, None)
            else:
                entries.setdefault(key, entry)
    return entries


# lists of rules/keep made by tools/build_keep_lexicon.py: many terms, each less certain than a curated one
COUNTED = ("packages.txt", "wordnet.txt")


def list_files(folder: str, overlay: Path | None) -> tuple[Path, ...]:
    """Text files of a rules folder, shipped ones first, each in the order of their names."""
    places = [rules_folder(), *([overlay] if overlay else [])]
    return tuple(path for place in places for path in sorted((place / folder).glob("*.txt")))


def read_yaml(path: Path) -> tuple[Any, dict[tuple[str | int, ...], int]]:
    """A YAML file's value and the line of each of its nodes.

    Raises:
        RulesError: Not YAML; says the line.
    """
    import yaml

    text = read_text(path)
    try:
        try:
            node, value = _loaded(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError:
            # the fast one does not always say the line
            node, value = _loaded(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise RulesError("is not valid YAML", file=path, line=line) from None
    except yaml.YAMLError:
        raise RulesError("is not valid YAML", file=path) from None
    return value, dict(_lines(node, ()))


def _loaded(text: str, kind: Any) -> tuple[Any, Any]:
    """A document's nodes and value."""
    loader = kind(text)
    try:
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _lines(node: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    import yaml

    if node is None:
        return
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*place, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*place, index))


@dataclass(frozen=True, slots=True)
class PatternRule:
    """A recognizer of rules/recognizers/*.yaml."""

    name: str
    entity_type: str
    regex: str
    score: float
    context: tuple[str, ...]
    languages: tuple[str, ...]


_PATTERN_KEYS = {"name", "entity_type", "regex", "score", "context", "languages", "examples"}


def read_patterns(overlay: Path | None) -> tuple[PatternRule, ...]:
    """All pattern recognizers; a study's recognizer replaces the shipped one of the same name.

    Raises:
        RulesError: Unknown key or type, missing key, a bad regex, an example that it does not match.
    """
    places = [rules_folder(), *([overlay] if overlay else [])]
    rules: dict[str, PatternRule] = {}
    for place in places:
        for path in sorted((place / "recognizers").glob("*.yaml")):
            value, lines = read_yaml(path)
            if value is None:
                continue
            if not isinstance(value, list):
                raise RulesError("must be a list of recognizers", file=path, line=1)
            for index, item in enumerate(value):
                rule = _pattern(item, path, lines, index)
                rules[rule.name] = rule
    return tuple(rules.values())


def _pattern(item: Any, path: Path, lines: dict[tuple[str | int, ...], int], index: int) -> PatternRule:
    def fail(message: str, key: str | None = None) -> RulesError:
        return RulesError(message, file=path, line=lines.get((index, key) if key else (index,), lines.get((index,))))

    if not isinstance(item, dict):
        raise fail("a recognizer must have keys")
    for key in item:
        if key not in _PATTERN_KEYS:
            raise fail("unknown key; known are " + ", ".join(sorted(_PATTERN_KEYS)), str(key))
    for key in ("name", "entity_type", "regex"):
        if not isinstance(item.get(key), str) or not item[key]:
            raise fail(f"{key} is missing or not text", key)
    if item["entity_type"] not in ENTITY_TYPES:
        raise fail("unknown entity_type; known are " + ", ".join(ENTITY_TYPES), "entity_type")
    try:
        compiled = re.compile(item["regex"], re.IGNORECASE)
    except re.error:
        raise fail("the regex does not compile", "regex") from None
    if compiled.match("") is not None and compiled.fullmatch("") is not None:
        raise fail("the regex matches nothing at all", "regex")
    score = item.get("score", 0.6)
    if not isinstance(score, int | float) or not 0 < score <= 1:
        raise fail("score must be above 0 and at most 1", "score")
    for key in ("context", "languages", "examples"):
        if not isinstance(item.get(key, []), list) or not all(isinstance(v, str) for v in item.get(key, [])):
            raise fail(f"{key} must be a list of texts", key)
    for example in item.get("examples", []):
        if compiled.search(example) is None:
            raise fail("the regex does not match one of its examples", "examples")
    return PatternRule(
        name=item["name"],
        entity_type=item["entity_type"],
        regex=item["regex"],
        score=float(score),
        context=tuple(item.get("context", ())),
        languages=tuple(item.get("languages", ())),
    )


@dataclass(frozen=True, slots=True)
class Words:
    """Language words of rules/LANG/words.yaml: key -> phrases, lower case."""

    values: dict[str, tuple[str, ...]]

    def __getitem__(self, key: str) -> tuple[str, ...]:
        return self.values.get(key, ())

    def mapping(self, key: str) -> dict[str, str]:
        """Entries written ``phrase = value``."""
        pairs = (entry.partition(" = ") for entry in self[key])
        return {phrase.strip(): value.strip() for phrase, _, value in pairs}


def read_words(language: str, overlay: Path | None) -> Words:
    """Words of a language, the study's own added.

    Raises:
        RulesError: Not a mapping of lists of texts.
    """
    merged: dict[str, tuple[str, ...]] = {}
    for path in rule_files(f"{language}/words.yaml", overlay):
        value, lines = read_yaml(path)
        if value is None:
            continue
        if not isinstance(value, dict):
            raise RulesError("must have keys", file=path, line=1)
        for key, entries in value.items():
            place = lines.get((str(key),))
            if not isinstance(entries, list) or not all(isinstance(e, str | int) for e in entries):
                raise RulesError("must be a list of words", file=path, line=place)
            merged[str(key)] = (*merged.get(str(key), ()), *(str(e).casefold() for e in entries))
    return Words(merged)


def digest(overlay: Path | None, language: str) -> str:
    """Digest over every rules file that detection reads, for caches."""
    total = hashlib.sha256()
    places = [rules_folder(), *([overlay] if overlay else [])]
    for place in places:
        for folder in ("keep", "context", "recognizers", "names", language):
            for path in sorted((place / folder).glob("*")):
                if path.is_file():
                    total.update(f"{folder}/{path.name}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()


class Lexicon:
    """Terms that stay readable, looked up by whole phrases whatever their case and hyphens."""

    def __init__(self, entries: Iterable[str]) -> None:
        self.keys = frozenset(squash(entry) for entry in entries) - {""}

    def __contains__(self, text: str) -> bool:
        key = squash(text)
        return key in self.keys or self._inflected(key)

    def _inflected(self, key: str) -> bool:
        return len(key) > 3 and key.endswith("s") and key[:-1] in self.keys
