"""Reading a policy file: every mistake is named with its file and line."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from anonymizer.detection.finding import ACTIONS, CONTEXTS, ENTITY_TYPES
from anonymizer.errors import RulesError
from anonymizer.policy.model import DIRECT_TYPES, GENERALIZATIONS, Parameter, Policy, Rule, Style
from anonymizer.resources import rules_folder

PRESETS = ("default", "ukds", "fsd", "hipaa", "archive")
STYLES = ("numbered", "kind", "role", "realistic")
_TOP = ("name", "title", "source", "extends", "types", "names", "nouns", "occupations")
_NAMES = ("participants", "gender", "locale")
_PARAMETERS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "shift": {"days": (7, 3650)},
    "band": {"width": (2, 100_000), "over": (49, 119)},
    "decade of life": {"over": (49, 119)},
    "size": {"small": (1_000, 1_000_000), "large": (10_000, 10_000_000)},
}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class _Reader:
    """A file being read; knows its lines."""

    path: Path

    def error(self, message: str, node: yaml.Node | None = None, hint: str | None = None) -> RulesError:
        line = None if node is None else int(node.start_mark.line) + 1
        return RulesError(message, file=self.path, line=line, hint=hint)

    def document(self) -> yaml.Node:
        try:
            if self.path.stat().st_size > _LARGEST:
                raise self.error("is larger than a policy can be")
            text = self.path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise self.error("cannot be read", hint="a policy is a YAML file in UTF-8") from None
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise RulesError(
                "not valid YAML", file=self.path, line=mark.line + 1 if mark else None, hint=error.problem or None
            ) from None
        except (yaml.YAMLError, RecursionError):
            raise self.error("not valid YAML") from None
        if node is None:
            raise self.error("is empty")
        return node

    def mapping(self, node: yaml.Node, what: str) -> list[tuple[str, yaml.Node, yaml.Node]]:
        """(key, key node, value node); a key given twice contradicts itself and is refused."""
        if not isinstance(node, yaml.MappingNode):
            raise self.error(f"{what} must be a list of `name: value` lines", node)
        found: dict[str, yaml.Node] = {}
        result = []
        for key_node, value in node.value:
            key = self.text(key_node, "a key")
            if key in found:
                first = found[key].start_mark.line + 1
                raise self.error(f"`{_short(key)}` stands here and in line {first}: which one holds?", key_node)
            found[key] = key_node
            result.append((key, key_node, value))
        return result

    def text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(f"{what} must be a word or a line of text", node)
        return str(node.value).strip()

    def flag(self, node: yaml.Node, what: str) -> bool:
        value = self.text(node, what).lower()
        if value not in ("true", "false", "yes", "no"):
            raise self.error(f"{what} must be true or false", node)
        return value in ("true", "yes")

    def number(self, node: yaml.Node, what: str, least: int, most: int) -> int:
        value = self.text(node, what)
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise self.error(f"{what} must be a number from {least} to {most}", node)
        return int(value)


def _short(word: str) -> str:
    # what a researcher typed into a policy is shown, but not a page of it
    return word if len(word) <= 40 else word[:37] + "..."


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)


def policy_files(overlay: Path | None = None) -> dict[str, Path]:
    """Names of the policies there are; the study's own (``STUDY/rules/policy``) come before the shipped ones."""
    found: dict[str, Path] = {}
    for folder in (rules_folder() / "policy", *([overlay / "policy"] if overlay else [])):
        if folder.is_dir():
            found.update({path.stem: path for path in sorted(folder.glob("*.yaml"))})
    return found


def load_policy(name: str, overlay: Path | None = None) -> Policy:
    """Read a policy.

    Args:
        name: Of a preset or of a file in ``rules/policy/``; or a path that ends with ``.yaml``.
        overlay: The study's own rules folder; its files stand before the shipped ones of the same name.

    Raises:
        RulesError: No such policy; not YAML; an unknown type, context, action or parameter; a contradiction; a type
            without a rule; a direct identifier that would be let through. Carries file and line.
    """
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        if not path.is_file() and overlay is not None and (overlay / "policy" / name).is_file():
            path = overlay / "policy" / name
    else:
        files = policy_files(overlay)
        if name not in files:
            raise RulesError(f"there is no policy called `{_short(name)}`", hint=f"there are: {_list(sorted(files))}")
        path = files[name]
    return read_policy(path, overlay)


def read_policy(path: Path, overlay: Path | None = None, _above: tuple[Path, ...] = ()) -> Policy:
    """Read one policy file; see :func:`load_policy`."""
    reader = _Reader(path)
    top = reader.mapping(reader.document(), "a policy")
    parts = {key: (key_node, value) for key, key_node, value in top}
    for key, key_node, _ in top:
        if key not in _TOP:
            raise reader.error(f"unknown part `{_short(key)}`", key_node, hint=f"known: {_list(_TOP)}")
    name = reader.text(parts["name"][1], "name") if "name" in parts else path.stem
    if not _NAME.fullmatch(name):
        raise reader.error("a policy's name is made of a-z, 0-9, - and _", parts["name"][1])
    base = None
    if "extends" in parts:
        base = _base(reader, parts["extends"][1], overlay, (*_above, path.resolve()))
    rules = dict(base.rules) if base else {}
    if "types" in parts:
        rules.update(_types(reader, parts["types"][1], rules))
    elif base is None:
        raise reader.error("has no part `types`")
    _complete(reader, rules)
    styles: dict[str, Style] = dict(base.styles) if base else {}
    settings: dict[str, str | bool] = {
        "participants": "own" if base and base.own_choice else "code",
        "gender": bool(base and base.gender),
        "locale": base.locale if base else "en_US",
    }
    if "names" in parts:
        _names(reader, parts["names"][1], styles, settings, rules)
    nouns = dict(base.nouns) if base else {}
    if "nouns" in parts:
        nouns.update(_nouns(reader, parts["nouns"][1]))
    occupations = base.occupations if base else ()
    if "occupations" in parts:
        occupations = _occupations(reader, parts["occupations"][1])
    for rule in rules.values():
        if rule.to == "occupation" and not occupations:
            raise RulesError(
                "occupations cannot be generalized without a code list",
                file=rule.file or path,
                line=rule.line or None,
                hint="occupations: FILE.csv with two columns, title and group",
            )
    policy = Policy(
        name=name,
        title=reader.text(parts["title"][1], "title") if "title" in parts else "",
        source=reader.text(parts["source"][1], "source") if "source" in parts else "",
        rules=rules,
        styles=styles,
        nouns=nouns,
        own_choice=settings["participants"] == "own",
        gender=bool(settings["gender"]),
        locale=str(settings["locale"]),
        occupations=occupations,
    )
    return _with_digest(policy)


def _base(reader: _Reader, node: yaml.Node, overlay: Path | None, above: tuple[Path, ...]) -> Policy:
    name = reader.text(node, "extends")
    candidates = [f for f in (overlay, rules_folder()) if f is not None]
    for folder in candidates:
        path = folder / "policy" / f"{name}.yaml"
        # a study's own default.yaml may extend the shipped default.yaml
        if _NAME.fullmatch(name) and path.is_file() and path.resolve() not in above:
            return read_policy(path, overlay, above)
    if _NAME.fullmatch(name) and any((f / "policy" / f"{name}.yaml").is_file() for f in candidates):
        raise reader.error("extends itself", node)
    raise reader.error(f"extends an unknown policy `{_short(name)}`", node)


def _types(reader: _Reader, node: yaml.Node, inherited: Mapping[tuple[str, str], Rule]) -> dict[tuple[str, str], Rule]:
    rules: dict[tuple[str, str], Rule] = {}
    for entity_type, key_node, value in reader.mapping(node, "types"):
        if entity_type not in ENTITY_TYPES:
            raise reader.error(f"unknown type `{_short(entity_type)}`", key_node, hint=f"known: {_list(ENTITY_TYPES)}")
        contexts = reader.mapping(value, entity_type)
        named = {context for context, _, _ in contexts}
        for context, context_node, action in contexts:
            if context != "otherwise" and context not in CONTEXTS:
                raise reader.error(
                    f"unknown context `{_short(context)}`", context_node, hint=f"known: {_list(CONTEXTS)}, otherwise"
                )
            places = [c for c in CONTEXTS if c not in named] if context == "otherwise" else [context]
            if not places:
                raise reader.error("every context has its own line, so `otherwise` decides nothing", context_node)
            for place in places:
                rules[entity_type, place] = _rule(reader, entity_type, place, context_node, action)
        if not any((entity_type, c) in inherited for c in CONTEXTS):
            missing = [c for c in CONTEXTS if (entity_type, c) not in rules]
            if missing:
                raise reader.error(
                    f"{entity_type} has no action for {_list(missing)}", key_node, hint="add a line `otherwise: ...`"
                )
    return rules


def _rule(reader: _Reader, entity_type: str, context: str, key: yaml.Node, node: yaml.Node) -> Rule:
    values: dict[str, yaml.Node]
    if isinstance(node, yaml.MappingNode):
        values = {k: v for k, _, v in reader.mapping(node, "an action")}
        if "action" not in values:
            raise reader.error("no action given", node)
        action = reader.text(values.pop("action"), "action")
    else:
        values, action = {}, reader.text(node, "an action")
    if action not in ACTIONS:
        raise reader.error(f"unknown action `{_short(action)}`", node, hint=f"known: {_list(ACTIONS)}")
    if action == "keep" and context == "direct":
        raise reader.error(
            f"{entity_type} that identifies somebody directly would be let through",
            key,
            hint="pseudonymize, generalize or remove it; a reviewer may keep a single passage",
        )
    review = reader.flag(values.pop("review"), "review") if "review" in values else False
    to = reader.text(values["to"], "to") if "to" in values else ""
    if (action == "generalize") != bool(to):
        what = "generalize needs `to`" if action == "generalize" else f"{action} and `to` contradict each other"
        raise reader.error(what, values.pop("to", node), hint=f"to: {_list(_ways(entity_type)) or 'nothing'}")
    if to and to not in _ways(entity_type):
        ways = _list(_ways(entity_type))
        raise reader.error(
            f"{entity_type} cannot be generalized to `{_short(to)}`",
            values["to"],
            hint=f"known for {entity_type}: {ways}" if ways else "pseudonymize or remove it",
        )
    values.pop("to", None)
    parameters: list[tuple[str, Parameter]] = []
    known = _PARAMETERS.get(to, {})
    for name, value in values.items():
        if name not in known:
            hint = f"known here: {_list(['action', 'to', 'review', *known])}"
            raise reader.error(f"unknown parameter `{_short(name)}`", value, hint=hint)
        parameters.append((name, reader.number(value, name, *known[name])))
    given = dict(parameters)
    if to == "size" and int(cast(int, given.get("small", 20_000))) >= int(cast(int, given.get("large", 250_000))):
        raise reader.error("a small place must be smaller than a large one", node)
    return Rule(
        entity_type=cast(Any, entity_type),
        context=cast(Any, context),
        action=cast(Any, action),
        to=to,
        parameters=tuple(sorted(parameters)),
        review=review,
        file=reader.path.name,
        line=key.start_mark.line + 1,
    )


def _ways(entity_type: str) -> list[str]:
    return [way for way, types in GENERALIZATIONS.items() if entity_type in types]


def _complete(reader: _Reader, rules: Mapping[tuple[str, str], Rule]) -> None:
    for entity_type in ENTITY_TYPES:
        if not all((entity_type, context) in rules for context in CONTEXTS):
            through = entity_type in DIRECT_TYPES
            message = "would be let through: no rule" if through else "has no rule"
            raise reader.error(f"{entity_type} {message}", hint="add it, or a line `extends: default`")


def _names(
    reader: _Reader,
    node: yaml.Node,
    styles: dict[str, Style],
    settings: dict[str, str | bool],
    rules: Mapping[tuple[str, str], Rule],
) -> None:
    for key, key_node, value in reader.mapping(node, "names"):
        if key == "participants":
            choice = reader.text(value, key)
            if choice not in ("code", "own"):
                raise reader.error("participants are called by `code` or by their `own` choice", value)
            settings[key] = choice
        elif key == "gender":
            settings[key] = reader.flag(value, key)
        elif key == "locale":
            settings[key] = reader.text(value, key)
            if not re.fullmatch(r"[a-z]{2,3}_[A-Z]{2}", str(settings[key])):
                raise reader.error("a locale looks like en_GB", value)
        elif key in ENTITY_TYPES:
            style = reader.text(value, key)
            if style not in STYLES:
                raise reader.error(f"unknown style `{_short(style)}`", value, hint=f"known: {_list(STYLES)}")
            if style in ("role", "realistic") and key not in ("PERSON", "ORGANIZATION"):
                raise reader.error(f"the style {style} is for PERSON and ORGANIZATION", value)
            if not any(rules[key, context].action == "pseudonymize" for context in CONTEXTS):
                raise reader.error(f"{key} is never pseudonymized, so a style contradicts the rules above", key_node)
            styles[key] = cast(Style, style)
        else:
            raise reader.error(
                f"unknown name setting `{_short(key)}`", key_node, hint=f"known: {_list(_NAMES)} or a type"
            )


def _nouns(reader: _Reader, node: yaml.Node) -> dict[str, str]:
    nouns: dict[str, str] = {}
    for key, _, value in reader.mapping(node, "nouns"):
        noun = reader.text(value, key)
        if not re.fullmatch(r"[^\W\d_]+(?:[ -][^\W\d_]+){0,3}", noun):
            raise reader.error("a noun is one to four words without figures", value)
        nouns[key if key in ENTITY_TYPES else key.casefold()] = noun
    return nouns


def _occupations(reader: _Reader, node: yaml.Node) -> tuple[tuple[str, str], ...]:
    path = reader.path.parent / Path(reader.text(node, "occupations")).name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise reader.error(
            "the code list of occupations cannot be read", node, hint="a CSV beside the policy"
        ) from None
    rows: dict[str, str] = {}
    table = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in table:
            if not any(row) or (table.line_num == 1 and [c.strip().lower() for c in row[:2]] == ["title", "group"]):
                continue
            title = row[0].strip().casefold()
            if len(row) < 2 or not title or not row[1].strip():
                raise RulesError("a line needs a title and a group", file=path, line=table.line_num)
            if rows.setdefault(title, row[1].strip()) != row[1].strip():
                raise RulesError("this title has two groups", file=path, line=table.line_num)
    except csv.Error:
        raise RulesError("not a CSV file", file=path, line=table.line_num) from None
    if not rows:
        raise RulesError("holds no occupations", file=path)
    return tuple(rows.items())


def _with_digest(policy: Policy) -> Policy:
    from dataclasses import replace

    content = {
        "rules": [
            [t, c, r.action, r.to, [list(p) for p in r.parameters], r.review]
            for (t, c), r in sorted(policy.rules.items())
        ],
        "styles": dict(sorted(policy.styles.items())),
        "nouns": dict(sorted(policy.nouns.items())),
        "names": [policy.own_choice, policy.gender, policy.locale],
        "occupations": [list(row) for row in policy.occupations],
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return replace(policy, digest=hashlib.sha256(canonical.encode()).hexdigest())
