"""Linking the people of one transcript."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anonymizer.entities.grouping import Clusters
from anonymizer.entities.names import fold, is_short_for, sounds_like
from anonymizer.entities.people import EXACT, PET, SOUND, Name, compatible, fits, run_together
from anonymizer.entities.roster_match import Known, RosterIndex

if TYPE_CHECKING:
    from anonymizer.entities.linking import Mention
    from anonymizer.transcript import Transcript

# what speakers say when one name stands for another
_CALLED = re.compile(
    r"(?:\b(?:calls?|called|calling) (?:him|her|them|me|you|us|it)|\b(?:goes|go|went|going) by|\bknown as|"
    r"\bshort for|\bnicknamed?(?: is)?|\baka|\ba\.?k\.?a\.?|\bnee|\bformerly|\bused to be|"
    r"\bmaiden name(?: is| was)?)\W*$"
)
_EACH = re.compile(r"^ is what [^.?!]{0,40}\bcalls? (?:me|him|her|them)(?: and|,|;) (?:and )?$")
_CAPTION = re.compile(
    r"\b(?:captions?|transcript|subtitles?|autocorrect|here it says|it says|spell(?:ed|s)?|spelt|mishear\w*|"
    r"misheard|pronounced?)\b"
)
_COORDINATED = re.compile(r"^ (?:and|&|versus|vs\.?|or|und|y|e|nor|plus) (?:then |also |our |my )?$")
_ONLY_MARKS = re.compile(r"^[.,!?;:\s]{1,3}$")
_CUE_REACH = 60
_SAME_NAME = "several people here may be meant by this name"
_ALIKE = "two forms that may be one person"


@dataclass(slots=True)
class _Node:
    """Mentions with the same words."""

    name: Name = field(repr=False)
    members: list[int]
    kept: bool


class PeopleLinker:
    """Groups person mentions. Nodes are mentions with the same words; joins are made strongest evidence first."""

    def __init__(self, transcript: Transcript, mentions: Sequence[Mention], index: RosterIndex) -> None:
        self._texts = [turn.text for turn in transcript.turns]
        self._mentions = list(mentions)
        self.questions: list[tuple[str, tuple[int, ...], str]] = []
        self._nodes: list[_Node] = []
        self._node_of: list[int] = []
        by_name: dict[tuple[Name, bool], int] = {}
        for number, mention in enumerate(self._mentions):
            name = Name.parse(mention.text)
            # "the Adam optimizer" and Adam are two, though the words are one
            kept = mention.finding.context in ("technical", "relative")
            place = by_name.setdefault((Name(name.words, name.gender, name.titled), kept), len(self._nodes))
            if place == len(self._nodes):
                self._nodes.append(_Node(name, [], kept))
            self._nodes[place].members.append(number)
            self._node_of.append(place)
        self._known: list[Known | None] = [None] * len(self._nodes)
        self._clusters = Clusters(len(self._nodes))
        self._bar_coordinated()
        self._by_group()
        self._by_roster(index.people)
        self._full_names()
        self._cues()
        self._singles(index.people)
        self._singles_among_themselves()

    def groups(self) -> list[tuple[list[int], Known | None]]:
        """Places of the findings of each person, and who the roster says it is."""
        found: dict[int, tuple[list[int], Known | None]] = {}
        for number, node in enumerate(self._nodes):
            group, known = found.setdefault(self._clusters.find(number), ([], None))
            group.extend(self._mentions[m].place for m in node.members)
            found[self._clusters.find(number)] = group, known or self._known[number]
        return [(sorted(group), known) for group, known in found.values()]

    # -- evidence --------------------------------------------------------------------------------------------------

    def _pairs(self) -> list[tuple[int, int, str, str]]:
        """Neighbouring mentions of a turn: (node, node, text between, text after)."""
        nodes = []
        for first, second in zip(range(len(self._mentions)), range(1, len(self._mentions)), strict=False):
            a, b = self._mentions[first].finding, self._mentions[second].finding
            if a.turn == b.turn and 0 <= b.start - a.end <= _CUE_REACH:
                text = self._texts[a.turn]
                between = fold("|" + text[a.end : b.start] + "|")[1:-1]
                after = fold("|" + text[b.end : b.end + _CUE_REACH])[1:]
                nodes.append((self._node_of[first], self._node_of[second], between, after))
        return nodes

    def _bar_coordinated(self) -> None:
        """Two who are named side by side ("Tom and Anna") are two, unless their words are the same."""
        for first, second, between, _ in self._pairs():
            if first != second and _COORDINATED.match(between):
                self._clusters.bar(first, second)
        for first, node in enumerate(self._nodes):
            for second in range(first):
                other = self._nodes[second]
                a, b = node.name, other.name
                genders = bool(a.gender and b.gender and a.gender != b.gender)
                if node.kept != other.kept or genders or (a.full and b.full and not compatible(a, b)):
                    self._clusters.bar(first, second)

    def _by_group(self) -> None:
        """Detection knows some mentions to be one: a propagated name, a roster entry."""
        first_of: dict[str, int] = {}
        for number, mention in enumerate(self._mentions):
            if mention.finding.group and mention.finding.context not in ("technical", "relative"):
                node = self._node_of[number]
                self._clusters.join(first_of.setdefault(mention.finding.group, node), node)

    def _by_roster(self, people: Sequence[Known]) -> None:
        """Nodes that have the words of a name or alias in the roster; a bare first name only of somebody present."""
        first_of: dict[str, int] = {}
        for number, node in enumerate(self._nodes):
            if node.kept:
                continue
            bearers = [k for k in people if any(_same_words(node.name, name) for name in k.names)
                       and (node.name.full or k.present)]  # fmt: skip
            if len(bearers) == 1:
                self._tie(number, bearers[0], first_of)

    def _tie(self, number: int, known: Known, first_of: dict[str, int] | None = None) -> None:
        self._known[number] = known
        if first_of is not None:
            self._clusters.join(first_of.setdefault(known.key, number), number)

    def _known_of(self, node: int) -> Known | None:
        return next((self._known[m] for m in self._clusters.members(node) if self._known[m]), None)

    def _join(self, first: int, second: int) -> bool:
        """Join two groups unless the roster knows them as two."""
        a, b = self._known_of(first), self._known_of(second)
        if a is not None and b is not None and a.key != b.key:
            return False
        return self._clusters.join(first, second)

    def _full_names(self) -> None:
        full = [n for n, node in enumerate(self._nodes) if node.name.full and not node.kept]
        for place, first in enumerate(full):
            near = [second for second in full[:place] if compatible(self._nodes[first].name, self._nodes[second].name)]
            groups = {self._clusters.find(n) for n in near}
            if len(groups) == 1:
                self._join(near[0], first)
            elif len(groups) > 1:
                self._ask("who?", [first, *sorted(groups)], _SAME_NAME)

    def _cues(self) -> None:
        for first, second, between, after in self._pairs():
            if first == second or self._nodes[first].kept or self._nodes[second].kept:
                continue
            a, b = self._nodes[first].name, self._nodes[second].name
            if a.full and b.full:
                continue
            said = _CALLED.search(between) or _EACH.match(between)
            heard = (_CAPTION.search(between) or _CAPTION.search(after[:30])) and _somewhat_alike(a, b)
            corrected = after.startswith((" i mean", ", i mean", ", sorry")) and between in (" ", ", ")
            named = a.titled and not a.full and not b.titled and _ONLY_MARKS.match(between) and after[:1] in ".,!?"
            if said or heard or corrected or (named and not self._has_full(second)):
                self._join(first, second)

    def _has_full(self, node: int) -> bool:
        return any(self._nodes[m].name.full for m in self._clusters.members(node))

    def _singles(self, people: Sequence[Known]) -> None:
        """Bare first and family names go to the one fuller name that they fit best."""
        for number in sorted(range(len(self._nodes)), key=lambda n: self._nodes[n].members[0]):
            node = self._nodes[number]
            if node.kept or node.name.full or self._has_full(number):
                continue
            self._place(number, node.name, people)

    def _place(self, number: int, name: Name, people: Sequence[Known]) -> None:
        candidates: dict[int, dict[str, int]] = {EXACT: {}, PET: {}, SOUND: {}}
        for other, node in enumerate(self._nodes):
            if node.kept or not node.name.full or other == number:
                continue
            tier = self._tier(name, node.name)
            if tier and not self._clusters.barred(number, other):
                known = self._known_of(other)
                candidates[tier].setdefault(known.key if known else f"node:{self._clusters.find(other)}", other)
        for known in people:
            tiers = [tier for n in known.names if (tier := self._tier(name, n))]
            if known.present and tiers:
                candidates[min(tiers)].setdefault(known.key, -1)
        mine = self._known_of(number)
        for tier in (EXACT, PET, SOUND):
            found = candidates[tier]
            if mine is not None:
                found = {key: node for key, node in found.items() if key == mine.key}
            if len(found) == 1:
                key, node_number = next(iter(found.items()))
                if node_number >= 0:
                    self._join(node_number, number)
                else:
                    self._to_known(number, key, people)
                return
            if found:
                places = [n for n in found.values() if n >= 0]
                self._ask("who?", [number, *places], _SAME_NAME)
                return

    def _to_known(self, number: int, key: str, people: Sequence[Known]) -> None:
        known = next(k for k in people if k.key == key)
        for other in range(len(self._nodes)):
            mine = self._known[other]
            if mine is not None and mine.key == key and not self._join(other, number):
                return
        self._known[number] = known

    @staticmethod
    def _tier(single: Name, full: Name) -> int:
        if not full.full:
            if single.words == full.words:
                return EXACT
            if single.words and full.words:
                a, b = single.words[0], full.words[0]
                if is_short_for(a, b) or is_short_for(b, a):
                    return PET
                return SOUND if sounds_like(a, b) else 0
            return 0
        if run_together(" ".join(single.words)) == "".join(full.words):
            return EXACT
        return fits(single, full)

    def _singles_among_themselves(self) -> None:
        """Bare names without a fuller one: pet forms and misheard ones, where only one other fits."""
        rest = [
            n for n, node in enumerate(self._nodes) if not node.kept and (not node.name.full or not self._known_of(n))
        ]
        for tier in (PET, SOUND):
            for number in rest:
                name = self._nodes[number].name
                near: dict[int, int] = {}
                for other in rest:
                    if self._clusters.find(other) == self._clusters.find(number):
                        continue
                    if self._bare_tier(name, self._nodes[other].name) == tier and not self._clusters.barred(
                        number, other
                    ):
                        near.setdefault(self._clusters.find(other), other)
                if len(near) == 1:
                    self._join(next(iter(near.values())), number)
                elif near:
                    self._ask("who?", [number, *near.values()], _ALIKE)

    @staticmethod
    def _bare_tier(first: Name, second: Name) -> int:
        if first.titled or second.titled:
            return 0
        a, b = "".join(first.words), "".join(second.words)
        if first.full and second.full:
            return 0
        if first.full or second.full:
            # "Harp Reet", "Shao You": one name that a caption split
            return SOUND if sounds_like(a, b) else 0
        if is_short_for(a, b) or is_short_for(b, a):
            return PET
        return SOUND if sounds_like(a, b) else 0

    def _ask(self, kind: str, nodes: Sequence[int], reason: str) -> None:
        places = tuple(self._mentions[self._nodes[n].members[0]].place for n in nodes)
        self.questions.append((kind, places, reason))


def _same_words(first: Name, second: Name) -> bool:
    if first.words == second.words:
        return not (first.titled and not first.full)
    return first.full and second.full and "".join(first.words) == "".join(second.words)


def _somewhat_alike(first: Name, second: Name) -> bool:
    from rapidfuzz.distance import Indel

    a, b = run_together(" ".join(first.words)), run_together(" ".join(second.words))
    return Indel.normalized_similarity(a, b) >= 0.5
