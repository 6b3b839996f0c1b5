"""protocol.yaml: a protocol described by hand.

::

    title: Interview about bicycles
    sections:
      - title: Background
        questions:
          - number: 1
            text: How long have you been cycling?
            notes: [Show the picture]
            questions:
              - number: a
                text: And in town?
                optional: true

``number`` may be left out: the next of its level is taken.
"""

from __future__ import annotations

from typing import Any

import yaml

from anonymizer.errors import ProtocolError
from anonymizer.protocol.headings import slug
from anonymizer.protocol.lines import decode
from anonymizer.protocol.markers import letters, roman
from anonymizer.protocol.model import Protocol, Question
from anonymizer.protocol.outline import digest

_TOP = {"title", "sections"}
_SECTION = {"title", "questions"}
_QUESTION = {"number", "text", "optional", "notes", "questions"}
MAX_DEPTH = 8


class _Loader(yaml.SafeLoader):
    """Safe loading that keeps line numbers and refuses a key that stands twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    result: dict[str, Any] = {"__line__": node.start_mark.line + 1}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in result:
            raise yaml.constructor.ConstructorError(None, None, f"{key} stands twice", key_node.start_mark)
        result[key] = loader.construct_object(value_node, deep=True)
    return result


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
# numbers stay as printed: 1.10 is not 1.1, and a question numbered "y" is not true
_Loader.yaml_implicit_resolvers = {
    key: [(tag, pattern) for tag, pattern in pairs if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")]
    for key, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.questions: list[Question] = []
        self.seen: dict[str, int] = {}

    def fail(self, message: str, line: int | None) -> ProtocolError:
        return ProtocolError(message, file=self.file, line=line, hint="docs/protocol.md describes protocol.yaml")

    def known(self, value: Any, keys: set[str], what: str, line: int | None) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(f"{what} is not a mapping", line)
        unknown = set(value) - keys - {"__line__"}
        if unknown:
            raise self.fail(f"{what} has an unknown key; known are {', '.join(sorted(keys))}", value["__line__"])
        return value

    def items(self, value: Any, what: str, line: int | None) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(f"{what} is not a list", line)
        return value

    def level(self, value: Any, section: str, prefix: str, path: tuple[str, ...], line: int | None) -> None:
        if len(path) >= MAX_DEPTH:
            raise self.fail("questions are nested too deep", line)
        for position, item in enumerate(self.items(value, "questions", line), 1):
            question = self.known(item, _QUESTION, "a question", line)
            here = question["__line__"]
            text = question.get("text")
            if not isinstance(text, str) or not text.strip():
                raise self.fail("a question has no text", here)
            default = str(position) if not path else letters(position) if len(path) % 2 else roman(position)
            number = str(question.get("number") or default).strip().strip(".)( ")
            if not number or any(c.isspace() for c in number):
                raise self.fail("a number is empty or holds spaces", here)
            id = ".".join((prefix, *path, number))
            if id in self.seen:
                raise self.fail(f"the id {id} stands twice, first in line {self.seen[id]}", here)
            self.seen[id] = here
            notes = tuple(str(note) for note in self.items(question.get("notes"), "notes", here))
            optional = str(question.get("optional") or "false").lower()
            if optional not in ("true", "false", "yes", "no"):
                raise self.fail("optional is true or false", here)
            self.questions.append(
                Question(
                    id,
                    section,
                    ".".join((*path, number)),
                    " ".join(text.split()),
                    optional in ("true", "yes"),
                    notes,
                )
            )
            self.level(question.get("questions"), section, prefix, (*path, number), here)


def parse_override(data: bytes, file: str) -> Protocol:
    """Read a protocol.yaml.

    Raises:
        ProtocolError: Not YAML, an unknown key, a missing text, an id that stands twice; names the line.
    """
    text = decode(data, file)
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        raise ProtocolError("not valid YAML", file=file, line=mark.line + 1 if mark else None) from None
    except RecursionError:
        raise ProtocolError("nested too deep", file=file) from None
    reader = _Reader(file)
    top = reader.known(document, _TOP, "the document", 1)
    taken: set[str] = set()
    for item in reader.items(top.get("sections"), "sections", 1):
        section = reader.known(item, _SECTION, "a section", 1)
        title = section.get("title")
        if not isinstance(title, str) or not title.strip():
            raise reader.fail("a section has no title", section["__line__"])
        base = name = slug(title)
        suffix = 2
        while name in taken:
            name, suffix = f"{base}-{suffix}", suffix + 1
        taken.add(name)
        reader.level(section.get("questions"), title.strip(), name, (), section["__line__"])
    if not reader.questions:
        raise reader.fail("no questions found", None)
    title = str(top.get("title") or "")
    return Protocol(title, tuple(reader.questions), (), (), digest(reader.questions))


def dump_override(protocol: Protocol) -> str:
    """A protocol.yaml that reads as the same questions; a starting point for corrections by hand."""
    sections: list[dict[str, Any]] = []
    places: dict[str, list[dict[str, Any]]] = {}
    prefix = None
    for q in protocol.questions:
        head = q.id.split(".")[0]
        if head != prefix:
            prefix = head
            sections.append({"title": q.section, "questions": []})
        parent = q.parent
        siblings = places.get(parent) if parent else None
        number = q.id.rpartition(".")[2]
        if siblings is None:
            siblings = sections[-1]["questions"]
            number = q.number
        entry: dict[str, Any] = {"number": number, "text": q.text}
        if q.optional:
            entry["optional"] = True
        if q.notes:
            entry["notes"] = list(q.notes)
        siblings.append(entry)
        entry["questions"] = places[q.id] = []
    _prune(sections)
    document = {"title": protocol.title, "sections": sections}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def _prune(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        _prune(entry["questions"])
        if not entry["questions"] and "text" in entry:
            del entry["questions"]
