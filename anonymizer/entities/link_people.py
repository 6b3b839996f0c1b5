"""Linking the people of one transcript."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anonymizer.entities.grouping import Clusters
from anonymizer.entities.heard import HeardWords
from anonymizer.entities.names import fold, is_short_for, sound, sounds_like
from anonymizer.entities.parties import Parties, Party
from anonymizer.entities.people import EXACT, PET, SOUND, Name, compatible, run_together, tier_of, titled_name
from anonymizer.entities.roster_match import Known, RosterIndex

if TYPE_CHECKING:
    from anonymizer.entities.linking import Mention
    from anonymizer.transcript import Transcript

# what speakers say when one name stands for another
_CALLED = re.compile(
    r"(?:\b(?:everyone|everybody|we|they|people|i|you|most|some|friends|colleagues) (?:all |just |always |still )?"
    r"calls? (?:him|her|them|me)|\b(?:is|was|gets|got|am|are)(?: also| just)? called|\b(?:goes|go|went|going) by|"
    r"\bknown as|\bshort for|\breal name(?:'s| is| was)|\bor just|\bon paper|\bnicknamed?(?: is)?|\baka|"
    r"\ba\.?k\.?a\.?|\bnee|\bmaiden name(?: is| was)?)\W*$"
)
_AFTER_SHORT = re.compile(
    r"^,? (?:for short|as (?:we|i|they|everyone|everybody|people|most people) (?:all )?calls? (?:him|her|them|me)|"
    r"as (?:he|she)(?:'s| is) known|to (?:his|her|their|my) (?:friends|family)|"
    r"is what (?:we|everyone|everybody|they) calls?)"
)
_EACH = re.compile(r"^ is what [^.?!]{0,40}\bcalls? (?:me|him|her|them)(?: and|,|;) (?:and )?$")
_CAPTION = re.compile(
    r"\b(?:captions?|transcript|subtitles?|autocorrect|here it says|it says|spell(?:ed|s)?|spelt|mishear\w*|"
    r"misheard|pronounced?)\b"
)
_COORDINATED = re.compile(r"^ (?:and|&|versus|vs\.?|or|und|y|e|nor|plus) (?:then |also |our |my )?$")
_DENIED = re.compile(r"\bnot (?:my|our|the|that|your)?\W*$")
_OTHER = re.compile(
    r"\b(?:the other|another|a different|a second|a new|one more|no relation (?:to|of)|unrelated to|"
    r"not to be confused with|not related to) (?:the )?$"
)
_ONLY_STOPS = re.compile(r"^[.!?]\s{1,2}$")
_CUE_REACH = 60
_SAME_NAME = "several people here may be meant by this name"
_ASIDE = "somebody else of the same name seems to be meant here"
_ALIKE = "two forms that may be one person"


@dataclass(slots=True)
class _Node:
    """Mentions with the same words."""

    name: Name = field(repr=False)
    members: list[int]
    kept: bool
    aside: bool = False
    contexts: set[str] = field(default_factory=set)

    @property
    def public(self) -> bool:
        """Nowhere somebody of this interview's own world."""
        return self.contexts <= {"general", "tied"}


class PeopleLinker:
    """Groups person mentions. Nodes are mentions with the same words; joins are made strongest evidence first."""

    def __init__(self, transcript: Transcript, mentions: Sequence[Mention], index: RosterIndex) -> None:
        self._texts = [turn.text for turn in transcript.turns]
        self._mentions = list(mentions)
        self.questions: list[tuple[str, tuple[int, ...], str]] = []
        self._nodes: list[_Node] = []
        self._node_of: list[int] = []
        self._parties = Parties(transcript, self._mentions, index)
        by_name: dict[tuple[Name, bool, bool], int] = {}
        names = _names(self._texts, self._mentions, index)
        for number, (mention, name) in enumerate(zip(self._mentions, names, strict=True)):
            # "the Adam optimizer" and Adam are two, though the words are one
            kept = mention.finding.context in ("technical", "relative")
            aside = not kept and (number in self._parties.asides or self._other(mention))
            place = by_name.setdefault((name, kept, aside), len(self._nodes))
            if place == len(self._nodes):
                self._nodes.append(_Node(name, [], kept, aside))
            self._nodes[place].members.append(number)
            self._nodes[place].contexts.add(mention.finding.context)
            self._node_of.append(place)
        self._known: list[Known | None] = [None] * len(self._nodes)
        self._clusters = Clusters(len(self._nodes))
        self._bar_coordinated()
        self._by_group()
        self._by_roster(index)
        self._full_names()
        self._by_party()
        self._cues()
        self._singles(index)
        self._singles_among_themselves()

    def _other(self, mention: Mention) -> bool:
        """ "The other Nadia" is not the one of whom was spoken before."""
        text, start = self._texts[mention.finding.turn], mention.finding.start
        if not mention.text[:1].isupper():
            # without capitals and stops, "another" may belong to what came before
            return False
        return _OTHER.search(fold("|" + text[max(0, start - 40) : start])[1:] + " ") is not None

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
            if first != second and (_COORDINATED.match(between) or _DENIED.search(between)):
                self._clusters.bar(first, second)
        for first, node in enumerate(self._nodes):
            for second in range(first):
                other = self._nodes[second]
                a, b = node.name, other.name
                genders = bool(a.gender and b.gender and a.gender != b.gender)
                # a public figure, and somebody here of the same first name
                fame = node.public != other.public and not (a.full and b.full)
                aside = node.aside != other.aside and a.words == b.words
                names = a.full and b.full and not compatible(a, b)
                if node.kept != other.kept or genders or fame or aside or names:
                    self._clusters.bar(first, second)

    def _by_group(self) -> None:
        """Detection knows some mentions to be one: a propagated name, a roster entry."""
        first_of: dict[str, int] = {}
        for number, mention in enumerate(self._mentions):
            if mention.finding.group and mention.finding.context not in ("technical", "relative"):
                node = self._node_of[number]
                self._clusters.join(first_of.setdefault(mention.finding.group, node), node)

    def _by_roster(self, index: RosterIndex) -> None:
        """Nodes that have the words of a name or alias in the roster; a bare first name only of somebody present."""
        first_of: dict[str, int] = {}
        for number, node in enumerate(self._nodes):
            if node.kept or node.aside:
                continue
            bearers = [k for k in index.bearers(node.name) if any(_same_words(node.name, name) for name in k.names)
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
            # "Keelin (Caoilfhionn)": a transcriber's own addition
            added = between == " (" and after.startswith(")")
            short = _AFTER_SHORT.match(after) and re.fullmatch(r",? (?:or |but |well )?,?", between)
            slip = after.startswith((" i mean", ", i mean", ", sorry")) and between in (" ", ", ")
            corrected = slip and _somewhat_alike(a, b)
            named = a.titled and not a.full and not b.titled and _ONLY_STOPS.match(between) and after[:1] in ".!?"
            if said or heard or added or short or corrected or (named and not self._has_full(second)):
                self._join(first, second)

    def _by_party(self) -> None:
        """What the two speakers call themselves and each other: alike names of one speaker are one person."""
        for party in self._parties.named:
            nodes = list(dict.fromkeys(self._node_of[m] for m in party.mentions))
            nodes = [n for n in nodes if not self._nodes[n].kept and not self._nodes[n].aside]
            for place, first in enumerate(nodes):
                for second in nodes[:place]:
                    if _somewhat_alike(self._nodes[first].name, self._nodes[second].name):
                        self._join(second, first)
            called = [n for n in nodes if party.called & set(self._nodes[n].members)]
            main = self._main([n for n in nodes if n not in called], party)
            for other in called:
                if main is not None:
                    self._join(main, other)
        for place, node in enumerate(self._nodes):
            if not node.aside:
                continue
            spoken_to = [self._node_of[m] for n in node.members for m in self._parties.asides.get(n, [])]
            same_words = [n for n, other in enumerate(self._nodes) if not other.aside and other.name == node.name]
            for other in (*same_words, *spoken_to)[:1]:
                self._ask("same?", [place, other], _ASIDE)

    def _main(self, nodes: Sequence[int], party: Party) -> int | None:
        """The name that a speaker surely goes by: introduced, or else used most in addressing the speaker."""
        introduced = [n for n in nodes if self._nodes[n].name in party.names]
        if introduced:
            return introduced[0]
        counts = sorted(((len(self._nodes[n].members), n) for n in nodes), reverse=True)
        if not counts or (len(counts) > 1 and counts[0][0] == counts[1][0]):
            return None
        return counts[0][1]

    def _has_full(self, node: int) -> bool:
        return any(self._nodes[m].name.full for m in self._clusters.members(node))

    def _singles(self, index: RosterIndex) -> None:
        """Bare first and family names go to the one fuller name that they fit best."""
        for number in sorted(range(len(self._nodes)), key=lambda n: self._nodes[n].members[0]):
            node = self._nodes[number]
            if node.kept or node.name.full or self._has_full(number):
                continue
            self._place(number, node.name, index)

    def _place(self, number: int, name: Name, index: RosterIndex) -> None:
        candidates: dict[int, dict[str, int]] = {EXACT: {}, PET: {}, SOUND: {}}
        for other, node in enumerate(self._nodes):
            if node.kept or node.aside or not node.name.full or other == number:
                continue
            tier = tier_of(name, node.name)
            if tier and not self._clusters.barred(number, other):
                known = self._known_of(other)
                candidates[tier].setdefault(known.key if known else f"node:{self._clusters.find(other)}", other)
        here = index.fitting(name)
        for known, tier in here:
            candidates[tier].setdefault(known.key, -1)
        if self._nodes[number].aside:
            for tier in (EXACT, PET, SOUND):
                candidates[tier] = {k: n for k, n in candidates[tier].items() if n >= 0 and not self._is_party(n)}
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
                    self._to_known(number, next(k for k, _ in here if k.key == key))
                return
            if found:
                places = [n for n in found.values() if n >= 0]
                self._ask("who?", [number, *places], _SAME_NAME)
                return

    def _is_party(self, node: int) -> bool:
        members = {m for n in self._clusters.members(node) for m in self._nodes[n].members}
        return any(members & set(party.mentions) for party in self._parties.named)

    def _to_known(self, number: int, known: Known) -> None:
        for other in range(len(self._nodes)):
            mine = self._known[other]
            if mine is not None and mine.key == known.key and not self._join(other, number):
                return
        self._known[number] = known

    def _singles_among_themselves(self) -> None:
        """Bare names without a fuller one: pet forms and misheard ones, where only one other fits."""
        rest = [
            n for n, node in enumerate(self._nodes) if not node.kept and (not node.name.full or not self._known_of(n))
        ]
        alike: dict[int, dict[int, int]] = {number: {} for number in rest}
        for place, first in enumerate(rest):
            for second in rest[:place]:
                tier = self._bare_tier(self._nodes[first].name, self._nodes[second].name)
                if tier:
                    alike[first][second] = alike[second][first] = tier
        for tier in (EXACT, PET, SOUND):
            for number in rest:
                near: dict[int, int] = {}
                for other, found in sorted(alike[number].items()):
                    if found != tier or self._clusters.find(other) == self._clusters.find(number):
                        continue
                    if not self._clusters.barred(number, other):
                        near.setdefault(self._clusters.find(other), other)
                if len(near) == 1:
                    self._join(next(iter(near.values())), number)
                elif near:
                    self._ask("who?", [number, *near.values()], _ALIKE)

    @staticmethod
    def _bare_tier(first: Name, second: Name) -> int:
        a, b = "".join(first.words), "".join(second.words)
        if first.titled or second.titled:
            return EXACT if a == b else 0
        if first.full and second.full:
            return 0
        if first.full or second.full:
            # "Tama Rack", "Sun Niva": one name that a caption split
            return SOUND if sounds_like(a, b) else 0
        if is_short_for(a, b) or is_short_for(b, a):
            return PET
        return SOUND if sounds_like(a, b) else 0

    def _ask(self, kind: str, nodes: Sequence[int], reason: str) -> None:
        places = tuple(self._mentions[self._nodes[n].members[0]].place for n in nodes)
        self.questions.append((kind, places, reason))


def _names(texts: Sequence[str], mentions: Sequence[Mention], index: RosterIndex) -> list[Name]:
    """Each mention's name; one name that a caption split in two ("Har Preet") is put together again."""
    names = [titled_name(texts[m.finding.turn], m.finding.start, m.text) for m in mentions]
    single = HeardWords((name.words[0] for name in names if len(name.words) == 1), index.words())
    result = []
    for name in names:
        whole = "".join(name.words)
        split = len(name.words) == 2 and not any(w in single for w in name.words)
        result.append(Name((whole,), name.gender, name.titled) if split and single.like(whole) else name)
    return result


def _same_words(first: Name, second: Name) -> bool:
    if first.words == second.words:
        return not (first.titled and not first.full)
    return first.full and second.full and "".join(first.words) == "".join(second.words)


def _somewhat_alike(first: Name, second: Name) -> bool:
    from rapidfuzz.distance import Indel

    a, b = run_together(" ".join(first.words)), run_together(" ".join(second.words))
    if sound(a)[:1] != sound(b)[:1] and not a.endswith(b) and not b.endswith(a):
        return False
    return Indel.normalized_similarity(a, b) >= 0.5
