"""Linking: the mentions of one transcript become entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from anonymizer.detection.finding import EntityType, Finding
from anonymizer.entities import organizations
from anonymizer.entities.context import kind_from_context
from anonymizer.entities.entity import Entity, Linked, OpenQuestion, Scope
from anonymizer.entities.link_people import PeopleLinker
from anonymizer.entities.names import fold, without_possessive
from anonymizer.entities.people import Name, gender_of, key_of
from anonymizer.entities.roster_match import Known, RosterIndex
from anonymizer.errors import ReviewError
from anonymizer.roster import EMPTY, Roster
from anonymizer.transcript import Speaker, Transcript

_STUDY_WIDE = frozenset({"ORGANIZATION", "LOCATION", "PRODUCT", "TECHNOLOGY", "EMAIL", "PHONE", "URL", "HANDLE",
                         "ADDRESS", "ID"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mention:
    """A finding with its words."""

    place: int
    finding: Finding
    text: str = field(repr=False)


@dataclass(slots=True)
class _Group:
    mentions: list[int]
    known: Known | None = None


def link(
    transcript: Transcript,
    findings: Sequence[Finding],
    roster: Roster = EMPTY,
    speakers: Sequence[Speaker] = (),
) -> Linked:
    """Tell which findings of a transcript are the same person, organization, place or thing.

    Args:
        transcript: As received.
        findings: In any order; kept ones get entities too.
        roster: People known to the study.
        speakers: Who the speaker labels stand for; people of the roster who speak here may be meant by a bare name.

    Returns:
        Entities E1, E2 ... in order of first mention, and what a reviewer should settle.

    Raises:
        ReviewError: A finding lies outside the transcript.
    """
    ordered = tuple(sorted(findings, key=lambda f: (f.turn, f.start, f.end)))
    mentions = []
    for place, finding in enumerate(ordered):
        if not 0 <= finding.turn < len(transcript.turns):
            raise ReviewError("a finding is about a turn that the transcript does not have", turn=finding.turn)
        text = transcript.turns[finding.turn].text
        if finding.end > len(text):
            raise ReviewError("a finding lies outside the text", turn=finding.turn)
        mentions.append(Mention(place, finding, text[finding.start : finding.end]))
    index = RosterIndex(roster, speakers, transcript.labels)
    groups: list[_Group] = []
    questions: list[tuple[str, tuple[int, ...], str]] = []
    people = [m for m in mentions if m.finding.entity_type == "PERSON"]
    if people:
        linker = PeopleLinker(transcript, people, index)
        groups += [_Group(members, known) for members, known in linker.groups()]
        questions += linker.questions
    for kind in dict.fromkeys(m.finding.entity_type for m in mentions):
        if kind != "PERSON":
            same_type = [m for m in mentions if m.finding.entity_type == kind]
            found, asked = _link_things(same_type, index)
            groups += found
            questions += asked
    groups.sort(key=lambda group: group.mentions[0])
    entity_of = [""] * len(ordered)
    entities = []
    for number, group in enumerate(groups, 1):
        for place in group.mentions:
            entity_of[place] = f"E{number}"
        entities.append(_entity(f"E{number}", transcript, [mentions[p] for p in group.mentions], group.known, index))
    return Linked(ordered, tuple(entity_of), tuple(entities), _questions(questions, entity_of))


def _link_things(
    mentions: list[Mention], index: RosterIndex
) -> tuple[list[_Group], list[tuple[str, tuple[int, ...], str]]]:
    """Organizations, places and everything else: equal forms; organizations by short forms and acronyms too."""
    entity_type = mentions[0].finding.entity_type
    by_form: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_form.setdefault(_form_key(entity_type, mention.text), []).append(mention)
    keys = list(by_form)
    parent = {key: key for key in keys}

    def root(key: str) -> str:
        while parent[key] != key:
            key = parent[key]
        return key

    questions: list[tuple[str, tuple[int, ...], str]] = []
    by_group: dict[str, str] = {}
    for key in keys:
        for mention in by_form[key]:
            if mention.finding.group:
                parent[root(key)] = root(by_group.setdefault(mention.finding.group, key))
    if entity_type in ("ORGANIZATION", "PRODUCT"):
        # longest first, so that a short form meets every fuller one that it could be
        spelled = {key: by_form[key][0].text for key in keys}
        for short in sorted(keys, key=lambda k: (len(k), k)):
            fuller = [k for k in keys if root(k) != root(short) and _fuller(spelled[short], spelled[k])]
            different = {root(k) for k in fuller}
            if len(different) == 1:
                parent[root(short)] = different.pop()
            elif len(different) > 1:
                asked = tuple(by_form[k][0].place for k in (short, *sorted(different)))
                questions.append(("who?", asked, "a short form of several organizations"))
        for i, key in enumerate(keys):
            for other in keys[:i]:
                if root(key) != root(other) and organizations.misheard(spelled[key], spelled[other]):
                    parent[root(key)] = root(other)
    joined: dict[str, list[int]] = {}
    for key in keys:
        joined.setdefault(root(key), []).extend(m.place for m in by_form[key])
    groups = []
    texts = {m.place: m.text for m in mentions}
    for places in joined.values():
        known = None
        for place in places:
            known = known or index.thing(entity_type, texts[place])
        groups.append(_Group(sorted(places), known))
    return _by_known(groups), questions


def _by_known(groups: list[_Group]) -> list[_Group]:
    """Groups that the roster knows to be one."""
    merged: dict[str, _Group] = {}
    result = []
    for group in groups:
        if group.known is not None and group.known.key in merged:
            merged[group.known.key].mentions = sorted(merged[group.known.key].mentions + group.mentions)
            continue
        if group.known is not None:
            merged[group.known.key] = group
        result.append(group)
    return result


def _fuller(short: str, full: str) -> bool:
    return organizations.is_short_form(short, full) or organizations.is_acronym(short, full)


def _form_key(entity_type: EntityType, text: str) -> str:
    if entity_type in ("ORGANIZATION", "PRODUCT", "TECHNOLOGY"):
        return organizations.core(text) or fold(text)
    if entity_type in ("EMAIL", "PHONE", "URL", "HANDLE", "ID"):
        return "".join(c for c in fold(text) if c.isalnum() or c in "@.+_-") or fold(text)
    folded = fold(without_possessive(text))
    return folded.removeprefix("the ") if entity_type == "LOCATION" else folded


def _questions(questions: list[tuple[str, tuple[int, ...], str]], entity_of: list[str]) -> tuple[OpenQuestion, ...]:
    asked = []
    for kind, places, reason in questions:
        ids = tuple(dict.fromkeys(entity_of[p] for p in places))
        if kind == "who?" or len(ids) > 1:
            asked.append(OpenQuestion(kind, ids, reason))  # type: ignore[arg-type]
    return tuple(dict.fromkeys(asked))


def _entity(
    id: str, transcript: Transcript, mentions: list[Mention], known: Known | None, index: RosterIndex
) -> Entity:
    entity_type = mentions[0].finding.entity_type
    forms = _forms(entity_type, [m.text for m in mentions])
    kind, gender = kind_from_context(transcript, mentions, forms)
    scope: Scope = "study" if entity_type in _STUDY_WIDE else "transcript"
    key = ""
    roster = None
    about: tuple[str, ...] = index.present
    if entity_type == "PERSON":
        names = [Name.parse(form) for form in forms]
        gender = gender_of(names) or gender
        if known is not None or any(name.full for name in names):
            scope = "study"
            key = key_of(forms[0])
    elif scope == "study":
        key = _form_key(entity_type, forms[0])
    if known is not None:
        roster, key, scope = known.roster, known.canonical or key, "study"
        about = known.about or about
        gender = known.gender or gender
    return Entity(
        id=id,
        entity_type=entity_type,
        kind=kind,
        scope=scope,
        key=key,
        forms=forms,
        roster=roster,
        about=about,
        mentions=tuple((m.finding.turn, m.finding.start, m.finding.end) for m in mentions),
        gender=gender,
    )


def _forms(entity_type: EntityType, texts: list[str]) -> tuple[str, ...]:
    """Distinct forms, most complete first: more words, then more often, then as they came."""
    counts: dict[str, int] = {}
    for text in texts:
        counts[text] = counts.get(text, 0) + 1
    order = {text: place for place, text in enumerate(counts)}

    def completeness(text: str) -> tuple[int, int, int]:
        words = Name.parse(text).words if entity_type == "PERSON" else organizations.words(text)
        return -len([w for w in words if len(w) > 1]), -counts[text], order[text]

    return tuple(sorted(counts, key=completeness))
