"""Entities of several transcripts that reviewers said are one, as the naming of a batch step needs them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from anonymizer.errors import AnonymizerError
from anonymizer.keystore.view import TranscriptLink
from anonymizer.pseudonyms.assign import Same, canonical
from anonymizer.review import events as events_store
from anonymizer.review import marks as marks_store
from anonymizer.review.combine import combine
from anonymizer.review.marks import Marks
from anonymizer.review.overlay import Overlay

_CODE = re.compile(r"[PI]\d+")
_Node = tuple[str, str]


class Joins:
    """What ``same`` events of the whole study say; transcripts that no such event is about cost nothing.

    Args:
        review: Where marks and events lie.
        links: All received files that are tied.
    """

    def __init__(self, review: Path, links: Iterable[TranscriptLink]) -> None:
        self._review = review
        self._links = {link.transcript: link for link in links}
        self._involved = _involved(review) & self._links.keys()
        self._before = _Groups(self, {})

    def groups(self, fresh: Mapping[str, Marks]) -> dict[str, dict[str, Same]]:
        """Transcript id -> {entity id -> the group it is in}.

        Args:
            fresh: The machine's new marks of the transcripts of a step; of the others the saved ones count.
        """
        return _Groups(self, fresh).all() if self._involved else {}

    def before(self, transcript: str, machine: Marks) -> dict[str, str]:
        """What the entities of a transcript of new marks were called in its saved ones."""
        saved = self.saved(transcript) if transcript in self._involved else None
        if saved is None:
            return {}
        view = self.view(transcript, machine)
        named = ((id, _named_before(view, saved, id)) for id in view.entities)
        return {id: label for id, label in named if label}

    def describe(self, transcript: str) -> list[list[object]]:
        """What a draft depends on in other transcripts: whom its entities are said to be, and what those are called."""
        return self._before.describe(transcript)

    def saved(self, transcript: str) -> Marks | None:
        """Saved marks, or None where there are none that can be read."""
        try:
            return marks_store.load(self._review, transcript)
        except AnonymizerError:
            return None

    def view(self, transcript: str, machine: Marks) -> Overlay:
        """Marks with everybody's decisions over them."""
        return combine(machine, events_store.load(self._review, transcript))


class _Groups:
    def __init__(self, joins: Joins, fresh: Mapping[str, Marks]) -> None:
        self._links = joins._links
        self._views: dict[str, Overlay] = {}
        self._saved: dict[str, Marks | None] = {}
        for transcript in sorted(joins._involved):
            saved = joins.saved(transcript)
            machine = fresh.get(transcript, saved)
            if machine is None:
                continue
            try:
                self._views[transcript] = joins.view(transcript, machine)
            except AnonymizerError:
                # it is named when that transcript itself is run
                continue
            self._saved[transcript] = saved
        self._to = dict(self._targets())
        self._sets = self._components()

    def _targets(self) -> Iterable[tuple[_Node, _Node]]:
        for transcript, view in self._views.items():
            for entity, text in view.same.items():
                other, _, reference = text.partition(":")
                if other == transcript or other not in self._views:
                    continue
                here, there = view.resolve(entity), self._views[other].resolve(reference)
                if here and there and view.of_entity(here) and self._views[other].of_entity(there):
                    yield (transcript, here), (other, there)

    def _order(self, node: _Node) -> tuple[object, ...]:
        link, view = self._links[node[0]], self._views[node[0]]
        first = view.of_entity(node[1])[0].decision
        return (*canonical(link.code, link.participants), first.turn, first.start)

    def _components(self) -> list[list[_Node]]:
        """Entities that are one: the one that the others were said to be first, then in canonical order."""
        near: dict[_Node, set[_Node]] = {}
        for here, there in self._to.items():
            near.setdefault(here, set()).add(there)
            near.setdefault(there, set()).add(here)
        result, seen = [], set()
        for start in sorted(near, key=self._order):
            if start in seen:
                continue
            found, todo = {start}, [start]
            while todo:
                more = near[todo.pop()] - found
                found |= more
                todo += more
            seen |= found
            root = self._root(start)
            result.append([root, *(node for node in sorted(found, key=self._order) if node != root)])
        return result

    def _root(self, node: _Node) -> _Node:
        way = [node]
        while (following := self._to.get(way[-1])) is not None:
            if following in way:
                # each was said to be the other
                return min(way[way.index(following) :], key=self._order)
            way.append(following)
        return way[-1]

    def _code(self, node: _Node) -> str:
        roster = self._views[node[0]].entities[node[1]].roster
        return roster if roster and _CODE.fullmatch(roster) else ""

    def all(self) -> dict[str, dict[str, Same]]:
        result: dict[str, dict[str, Same]] = {}
        for nodes in self._sets:
            labels = [(code, self._type(node)) for node in nodes if (code := self._code(node))]
            for node in nodes:
                view, saved = self._views[node[0]], self._saved[node[0]]
                chosen = view.names.get(node[1], "")
                before = _named_before(view, saved, node[1]) if saved else ""
                labels += [(label, self._type(node)) for label in (chosen, before) if label]
            members = tuple((self._links[transcript].code, entity) for transcript, entity in nodes)
            for transcript, entity in nodes:
                result.setdefault(transcript, {})[entity] = Same(members, tuple(labels))
        return result

    def _type(self, node: _Node) -> str:
        return self._views[node[0]].entities[node[1]].entity_type

    def describe(self, transcript: str) -> list[list[object]]:
        result = set()
        for root, *others in self._sets:
            nodes = [root, *others]
            if all(node[0] != transcript for node in nodes):
                continue
            codes = tuple(code for node in nodes if node[0] != transcript and (code := self._code(node)))
            where = "" if root[0] == transcript else self._links[root[0]].code
            chosen = self._views[root[0]].names.get(root[1], "") if where else ""
            result.add((where, codes, chosen))
        return [[where, list(codes), chosen] for where, codes, chosen in sorted(result) if where or codes]


def _involved(review: Path) -> set[str]:
    found: set[str] = set()
    for path in sorted(review.glob("*/*.jsonl")):
        # parsing every event of a study for the few that matter would make each run wait
        if not path.is_file() or b'"same"' not in path.read_bytes():
            continue
        try:
            loaded = events_store.load_one(review, path.parent.name, path.stem)
        except AnonymizerError:
            continue
        others = {event.text.partition(":")[0] for event in events_store.in_force(loaded) if event.op == "same"}
        if others:
            found |= {path.parent.name, *others}
    return found


def _named_before(view: Overlay, saved: Marks, entity: str) -> str:
    """The label that an entity of perhaps newer marks has in saved ones: passages say which it is, ids may change."""
    at = {decision.id: decision.entity for decision in saved.decisions}
    olds = [at[mention.id] for mention in view.of_entity(entity) if mention.id in at]
    if entity in olds or not olds:
        # ids of the machine are given anew; those that people made stay
        olds = [entity, *olds] if olds or entity.startswith("R") else []
    labels = {known.id: known.pseudonym for known in saved.entities}
    return next((label for old in olds if (label := labels.get(old, ""))), "")
