"""The detector: transcripts in, judged findings out.

Two steps, so that the first can be cached: :meth:`Detector.candidates` runs the models and patterns and needs no
roster; :meth:`Detector.judge` reads the whole transcript with its candidates and the roster.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonymizer.detection import engine, model, rules
from anonymizer.detection.affiliation import read_affiliation
from anonymizer.detection.calendar import Calendar
from anonymizer.detection.candidate import Candidate
from anonymizer.detection.cued import cued_names
from anonymizer.detection.evidence import Cues, Evidence, LearntJudgement, gather, label_of
from anonymizer.detection.finding import EntityType, Finding
from anonymizer.detection.fingerprint import fingerprint, uses_student
from anonymizer.detection.folding import Folded, fold
from anonymizer.detection.judge import (
    Lexica,
    Span,
    TurnText,
    eponyms,
    everyday_here,
    judge_named,
    resolve,
)
from anonymizer.detection.learnt import ENTITY_OF, joined_names, judge_all, judge_other, read_judgement
from anonymizer.detection.names import KnownIndex
from anonymizer.detection.roster_forms import read_nicknames, roster_known, speaker_known
from anonymizer.detection.rules import Lexicon
from anonymizer.detection.spoken import SpokenForms
from anonymizer.detection.spreading import propagate, search
from anonymizer.detection.student import FOLDER, KEPT, LABELS, Guess, Student, given_names, words_of
from anonymizer.detection.words import lower_case, split
from anonymizer.resources import rule_files
from anonymizer.roster import EMPTY, Prepared, Roster
from anonymizer.study import DetectionSettings
from anonymizer.transcript import Speaker, Transcript

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine
    from spacy.language import Language

_NAMED: tuple[EntityType, ...] = ("PERSON", "ORGANIZATION", "LOCATION", "PRODUCT")
_CONTACTS: tuple[EntityType, ...] = ("EMAIL", "URL", "HANDLE", "PHONE", "ID", "ADDRESS")
# characters in one piece for the model: a turn of an hour costs no more memory than others
_PIECE = 20_000
_BATCH = 64


class Detector:
    """Finds what might identify somebody.

    Args:
        settings: ``[detection]`` of study.toml.
        rules_overlay: The study's rules/ folder.
        model_folder: Where the student lies; other than the shipped one when it is trained.

    Raises:
        RulesError: A rules file cannot be used; with its line.
        ModelError: At first use, when the model is missing or changed.
    """

    def __init__(
        self,
        settings: DetectionSettings | None = None,
        *,
        rules_overlay: Path | None = None,
        model_folder: Path = FOLDER,
    ) -> None:
        self._model_folder = model_folder
        self.settings = settings or DetectionSettings()
        self._overlay = rules_overlay
        language = self.settings.language
        words = rules.read_words(language, rules_overlay)
        # keys, not entries: "we're" and "were" share one
        common = frozenset(rules.read_list(rule_files(f"{language}/common.txt", rules_overlay)))
        self._roles = frozenset(words["speaker_roles"])
        self._spoken = SpokenForms(words, common)
        self._calendar = Calendar(words, language)
        self._patterns = rules.read_patterns(rules_overlay)
        keep = rules.read_list(rules.list_files("keep", rules_overlay))
        own = sorted((rules_overlay / "keep").glob("*.txt")) if rules_overlay else []
        self._own_keep = Lexicon(rules.read_list(own).values())
        context = "context"
        self._lexica = Lexica(
            keep=Lexicon(keep.values()),
            vendors=Lexicon(rules.read_list(rule_files(f"{context}/vendors.txt", rules_overlay)).values()),
            general_places=Lexicon(
                rules.read_list(rule_files(f"{context}/general_places.txt", rules_overlay)).values()
            ),
            common=common,
            titles=frozenset(words["titles"]),
            relations=frozenset(words["relations"]),
            eponym_heads=frozenset(words["eponym_heads"]),
            given=frozenset(),
            before_nouns=frozenset(words["before_nouns"]),
            curated=Lexicon(
                rules.read_list(
                    p for p in rules.list_files("keep", rules_overlay) if p.name not in rules.COUNTED
                ).values()
            ),
            countries=Lexicon(rules.read_list(rule_files(f"{context}/countries.txt", rules_overlay)).values()),
            affiliation=read_affiliation(rule_files(f"{context}/affiliation.{language}.txt", rules_overlay)),
        )
        self._cues = Cues(
            self._lexica.affiliation,
            read_affiliation(rule_files(f"{context}/ownership.{language}.txt", rules_overlay)),
            read_affiliation(rule_files(f"{context}/usage.{language}.txt", rules_overlay)),
        )
        self._nicknames = read_nicknames(rule_files("names/pet_forms.txt", rules_overlay))
        self._roster = Prepared(self._of_roster)

    # models

    @property
    def uses_student(self) -> bool:
        """True where the shipped network does the reading: English, with the default model's tokenizer and vectors."""
        return uses_student(self.settings)

    @functools.cached_property
    def _loaded(self) -> tuple[Language, AnalyzerEngine, Student | None]:
        nlp = model.load(self.settings.model, self.settings.language, ner=not self.uses_student)
        student = Student(nlp, self._model_folder) if self.uses_student else None
        return nlp, engine.build_engine(nlp, self.settings.language, self._patterns), student

    @functools.cached_property
    def _learnt(self) -> LearntJudgement:
        return read_judgement(self._model_folder)

    def load(self) -> None:
        """Load the models now rather than at the first transcript.

        Raises:
            ModelError: Not installed, changed, of another language, or without ner.
        """
        self._loaded  # noqa: B018

    def fingerprint(self) -> str:
        """See :func:`anonymizer.detection.fingerprint.fingerprint`."""
        return fingerprint(self.settings, self._overlay, self._model_folder)

    # step 1

    def candidates(self, transcript: Transcript) -> tuple[Candidate, ...]:
        """What models, patterns and spoken forms see, without roster; offsets into the folded turns, no text.

        Pieces of similar length go through the model together, never those of two transcripts: what is seen in one
        does not depend on others.
        """
        turns = [fold(turn.text).text for turn in transcript]
        pieces = [
            (len(piece), index, offset, piece)
            for index, turn in enumerate(turns)
            for offset, piece in _pieces(turn)
            if piece.strip()
        ]
        pieces.sort(key=lambda piece: piece[:3])
        nlp, analyzer, student = self._loaded
        always = self._overlay is not None and (self._overlay / "recognizers").is_dir()
        found: list[Candidate] = []
        for batch in _batched(pieces):
            docs: list[Any] = list(nlp.pipe([text for _, _, _, text in batch], batch_size=_BATCH))
            read = student.read(docs) if student is not None else [None] * len(docs)
            for (_, index, offset, text), doc, seen in zip(batch, docs, read, strict=True):
                here = engine.ner_candidates(index, doc) if seen is None else _seen(index, seen)
                here += engine.pattern_candidates(analyzer, self.settings.language, index, text, doc, always=always)
                here += [
                    Candidate(index, h.start, h.end, h.entity_type, h.score, "spoken", h.reason)
                    for h in self._spoken.find(text, turns[index - 1] if index else "")
                ]
                here += [
                    Candidate(index, h.start, h.end, h.entity_type, h.score, "pattern", h.reason)
                    for h in self._calendar.find(text)
                ]
                found += [_shifted(c, offset) for c in here]
        return tuple(sorted(found))

    def candidates_many(self, transcripts: Iterable[Transcript]) -> Iterator[tuple[Candidate, ...]]:
        """The same for many transcripts."""
        yield from map(self.candidates, transcripts)

    # step 2

    def judge(
        self,
        transcript: Transcript,
        candidates: Sequence[Candidate],
        roster: Roster = EMPTY,
        speakers: Sequence[Speaker] = (),
    ) -> tuple[Finding, ...]:
        """Findings of a transcript, sorted, not overlapping within a turn.

        Args:
            transcript: As given to :meth:`candidates`.
            candidates: What that returned.
            roster: People the study knows.
            speakers: Who the labels stand for, where known.
        """
        turns = [self._turn(fold(turn.text)) for turn in transcript]
        lexica = self._lexica
        known = speaker_known(transcript.labels, self._roles | lexica.titles, lexica.common)
        index = KnownIndex(known, lexica.common, self._roster.of(roster))
        sure: dict[int, frozenset[int]] = {}
        for number in range(len(turns)):
            sure[number] = frozenset()
        for candidate in candidates:
            if candidate.entity_type == "PERSON":
                starts = {w.start for w in turns[candidate.turn].words if candidate.start <= w.start < candidate.end}
                sure[candidate.turn] = sure[candidate.turn] | starts
        spans = search(turns, index, sure, rank=60)
        spans += [_direct(c) for c in candidates if c.entity_type in _CONTACTS and c.source != "ner" and c.score >= 0.4]
        spans += [self._spelt(c, turns) for c in candidates if c.source == "spoken" and c.entity_type == "OTHER"]
        by_form = not self.uses_student
        spans += [_dated(c) for c in candidates if c.entity_type in ("DATE", "AGE") and (by_form or c.source != "ner")]
        if self.uses_student:
            spans += self._student_spans(transcript, turns, candidates)
            spans = self._kept_here(spans, turns)
            return resolve([*spans, *eponyms(spans, turns, lexica)], turns)
        named = [c for c in candidates if c.entity_type in _NAMED or (c.entity_type == "OTHER" and c.source == "ner")]
        judged = [*judge_named(turns, named, lexica, index), *cued_names(turns, lexica)]
        spans += judged
        spans += propagate(turns, judged, lexica)
        spans = self._kept_here(spans, turns)
        return resolve([*spans, *eponyms(spans, turns, lexica)], turns)

    def _of_roster(self, roster: Roster) -> KnownIndex:
        return KnownIndex(roster_known(roster, self._lexica.common, self._nicknames), self._lexica.common)

    def _kept_here(self, spans: Sequence[Span], turns: Sequence[TurnText]) -> list[Span]:
        """Terms of the study's own keep lists stay without asking; never a name of the roster or a speaker.

        The shipped lists are evidence that the judgement weighs; what the study's people listed or learnt is decided.
        """
        if not self._own_keep.keys:
            return list(spans)
        return [
            replace(
                span,
                entity_type="TECHNOLOGY",
                context="technical",
                reason="a term that the study's own rules keep",
                sources=("lexicon", *(source for source in span.sources if source != "lexicon")),
                review=False,
                group="",
            )
            if span.entity_type in (*_NAMED, "TECHNOLOGY", "OTHER")
            and not {"roster", "speaker"} & set(span.sources)
            and turns[span.turn].text[span.start : span.end] in self._own_keep
            else span
            for span in spans
        ]

    @functools.cached_property
    def _judging(self) -> Lexica:
        """The word lists, with the given names that the student knows."""
        folder = self._model_folder
        return replace(
            self._lexica,
            given=given_names(folder),
            frequent=words_of("common50", folder),
            english=words_of("english", folder),
        )

    def _lexica_for(self, turns: Sequence[TurnText]) -> Lexica:
        """The word lists, with the words that the transcript itself writes without a capital."""
        return replace(self._judging, here=everyday_here(turns))

    def evidence(self, transcript: Transcript, candidates: Sequence[Candidate]) -> list[Evidence]:
        """Figures of the student's named candidates; for training the judgement."""
        turns = [self._turn(fold(turn.text)) for turn in transcript]
        seen = _trimmed(candidates, turns)
        return gather(turns, [turn.speaker for turn in transcript], seen, self._lexica_for(turns), self._cues)

    def _student_spans(
        self, transcript: Transcript, turns: Sequence[TurnText], candidates: Sequence[Candidate]
    ) -> list[Span]:
        seen = _trimmed(candidates, turns)
        lexica = self._lexica_for(turns)
        rows = gather(turns, [turn.speaker for turn in transcript], seen, lexica, self._cues)
        judged = judge_all(rows, self._learnt)
        spans = [span for span, _ in judged]
        cued = [*cued_names(turns, lexica), *joined_names(spans, turns, lexica)]
        spans += [span for c in seen if (span := judge_other(c, turns[c.turn], lexica)) is not None]
        return [*spans, *cued, *propagate(turns, [*cued, *(span for span, spread in judged if spread)], lexica)]

    def _turn(self, folded: Folded) -> TurnText:
        return TurnText(folded, split(folded.text), lower_case(folded.text))

    def _spelt(self, candidate: Candidate, turns: Sequence[TurnText]) -> Span:
        text = turns[candidate.turn].text[candidate.start : candidate.end]
        place = candidate.turn, candidate.start, candidate.end
        if text in self._lexica.keep or len(rules.squash(text)) < 4:
            reason = "an abbreviation spelt letter by letter"
            return Span(*place, "TECHNOLOGY", "technical", 0.6, ("spoken", "lexicon"), reason, 45)
        group = f"spelt:{rules.squash(text)}"
        return Span(*place, "OTHER", "tied", 0.6, ("spoken",), "a name spelt letter by letter", 45, group)

    # both

    def detect(
        self, transcript: Transcript, roster: Roster = EMPTY, speakers: Sequence[Speaker] = ()
    ) -> tuple[Finding, ...]:
        """Findings of one transcript."""
        return self.judge(transcript, self.candidates(transcript), roster, speakers)

    def detect_many(self, transcripts: Iterable[Transcript], roster: Roster = EMPTY) -> Iterator[tuple[Finding, ...]]:
        """Findings of many transcripts, in their order."""
        for transcript in transcripts:
            yield self.detect(transcript, roster)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """A long turn in pieces that end between words."""
    start = 0
    while len(text) - start > _PIECE:
        cut = text.rfind(" ", start + _PIECE // 2, start + _PIECE)
        cut = start + _PIECE if cut < 0 else cut + 1
        yield start, text[start:cut]
        start = cut
    yield start, text[start:]


def _trimmed(candidates: Sequence[Candidate], turns: Sequence[TurnText]) -> list[Candidate]:
    """The student's candidates without articles, quotes and possessives at their ends."""
    found = []
    for c in candidates:
        if c.source == "ner":
            start, end = engine.trim(turns[c.turn].text, c.start, c.end)
            if start < end:
                found.append(replace(c, start=start, end=end))
    return found


def _batched(pieces: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(pieces), _BATCH):
        yield pieces[start : start + _BATCH]


def _seen(turn: int, guesses: Sequence[Guess]) -> list[Candidate]:
    """The student's guesses as candidates."""
    found = []
    for guess in guesses:
        best = LABELS[max(range(len(LABELS)), key=lambda i: guess.chances[i])]
        hide = sum(c for label, c in zip(LABELS, guess.chances, strict=True) if label not in KEPT)
        found.append(
            Candidate(
                turn, guess.start, guess.end, ENTITY_OF[best], sum(guess.chances), "ner", label_of(guess.chances), hide
            )
        )
    return found


def _shifted(c: Candidate, offset: int) -> Candidate:
    if not offset:
        return c
    return Candidate(c.turn, c.start + offset, c.end + offset, c.entity_type, c.score, c.source, c.label, c.hide)


_REASONS: dict[str, str] = {
    "EMAIL": "an e-mail address",
    "URL": "an internet address",
    "HANDLE": "a user or channel name",
    "PHONE": "a phone number",
    "ID": "a number or code of somebody",
    "ADDRESS": "a postal address",
}


def _direct(c: Candidate) -> Span:
    # above the roster (60): a name inside an address goes with the address, or its "dot" and "at" would stay as pieces
    rank = 65 if c.entity_type in ("EMAIL", "URL", "HANDLE") else 50
    reason = c.label if c.source == "spoken" else _REASONS[c.entity_type]
    return Span(
        c.turn, c.start, c.end, c.entity_type, "direct", c.score, (c.source,), reason, rank, review=c.score < 0.6
    )


def _dated(c: Candidate) -> Span:
    if c.source == "pattern":
        rank = 28 if c.entity_type == "DATE" else 29
        return Span(c.turn, c.start, c.end, c.entity_type, "tied", c.score, ("pattern",), c.label, rank)
    return Span(
        c.turn,
        c.start,
        c.end,
        "DATE",
        "relative",
        c.score,
        (c.source,),
        "a relative date, duration, decade or holiday",
        10,
    )
