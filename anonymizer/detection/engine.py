"""Presidio's AnalyzerEngine, set up for talk: one loaded model, recognizers that make sense, no network.

Of Presidio's recognizers only those stay that find something in interviews; bank, licence and passport numbers of
single countries fire on any digits. Results of the model and of the patterns come back as candidates.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from anonymizer.detection.candidate import Candidate
from anonymizer.detection.finding import EntityType, Source
from anonymizer.detection.rules import PatternRule

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine
    from spacy.language import Language
    from spacy.tokens import Doc

# OntoNotes (English) and WikiNER (German, Spanish ...) labels of spaCy models
LABELS: dict[str, EntityType] = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "ORG": "ORGANIZATION",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "NORP": "LOCATION",
    "DATE": "DATE",
    "PRODUCT": "PRODUCT",
    "WORK_OF_ART": "PRODUCT",
    "EVENT": "OTHER",
    "LAW": "OTHER",
    "LANGUAGE": "OTHER",
    "MISC": "OTHER",
}
_PRESIDIO: dict[str, EntityType] = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "IP_ADDRESS": "ID",
    "IBAN_CODE": "ID",
    "CREDIT_CARD": "ID",
}
# a turn without any of these cannot hold what a pattern finds
_WORTH = re.compile(r"[0-9@#/]|\w\.\w|www")


def quiet() -> None:
    """Keep tldextract off the network, and Presidio's loggers silent: they print matched text at debug level."""
    import tldextract
    from tldextract import tldextract as module

    snapshot = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, fallback_to_snapshot=True)
    setattr(module, "TLD_EXTRACTOR", snapshot)  # noqa: B010
    setattr(tldextract, "extract", snapshot)  # noqa: B010
    for name in ("presidio-analyzer", "presidio_analyzer", "tldextract"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def build_engine(nlp: Language, language: str, patterns: Iterable[PatternRule]) -> AnalyzerEngine:
    """An AnalyzerEngine around a loaded pipeline.

    Args:
        nlp: spaCy pipeline; its ner may be missing.
        language: Two letters.
        patterns: Recognizers of rules/recognizers/.
    """
    quiet()
    from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import (
        CreditCardRecognizer,
        EmailRecognizer,
        IbanRecognizer,
        IpRecognizer,
        PhoneRecognizer,
    )

    class TalkNlpEngine(SpacyNlpEngine):
        """A loaded pipeline; context words are compared with lower-case words, since there are no lemmas."""

        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": language, "model_name": "loaded"}])
            self.nlp: Any = {language: nlp}

        def load(self) -> None:
            """Nothing to load."""

        def _doc_to_nlp_artifact(self, doc: Doc, language: str) -> NlpArtifacts:
            return NlpArtifacts(
                entities=[],
                tokens=doc,
                tokens_indices=[token.idx for token in doc],
                # the lemma is empty without a lemmatizer, and Presidio then matches no context word, silently
                lemmas=[token.lower_ for token in doc],
                nlp_engine=self,
                language=language,
                scores=[],
            )

    registry = RecognizerRegistry(recognizers=[], supported_languages=[language])
    for recognizer in (EmailRecognizer, IpRecognizer, IbanRecognizer, CreditCardRecognizer):
        registry.add_recognizer(recognizer(supported_language=language))
    registry.add_recognizer(
        PhoneRecognizer(supported_language=language, supported_regions=("US", "GB", "DE", "ES", "IN", "FR", "NG"))
    )
    for rule in patterns:
        if rule.languages and language not in rule.languages:
            continue
        registry.add_recognizer(
            PatternRecognizer(
                supported_entity=rule.entity_type,
                name=rule.name,
                supported_language=language,
                patterns=[Pattern(rule.name, rule.regex, rule.score)],
                context=list(rule.context),
            )
        )
    return AnalyzerEngine(registry=registry, nlp_engine=TalkNlpEngine(), supported_languages=[language])


def pattern_candidates(
    engine: AnalyzerEngine, language: str, turn: int, text: str, doc: Doc, *, always: bool = False
) -> list[Candidate]:
    """What Presidio's and the study's patterns find in a turn.

    Args:
        engine: From :func:`build_engine`.
        language: Two letters.
        turn: Index of the turn.
        text: Folded text.
        doc: The same, tokenized.
        always: Look at every turn, because the study has patterns of its own.
    """
    if not always and _WORTH.search(text) is None:
        return []
    artifacts = cast(Any, engine.nlp_engine)._doc_to_nlp_artifact(doc, language)
    found = []
    for result in engine.analyze(text, language, nlp_artifacts=artifacts):
        entity: Any = _PRESIDIO.get(result.entity_type, result.entity_type)
        source: Source = "pattern"
        found.append(Candidate(turn, result.start, result.end, entity, float(result.score), source, result.entity_type))
    return found


def ner_candidates(turn: int, doc: Doc, labels: Sequence[str] | None = None) -> list[Candidate]:
    """What a spaCy model's ner finds in a turn."""
    found = []
    for span in doc.ents:
        entity = LABELS.get(span.label_)
        if entity is not None and (labels is None or span.label_ in labels):
            # spaCy gives no confidence; Presidio's own default is this figure
            start, end = trim(doc.text, span.start_char, span.end_char)
            if start < end:
                found.append(Candidate(turn, start, end, entity, 0.85, "ner", span.label_))
    return found


_LEADING = re.compile(
    r"(?:(?:the|a|an|this|that|my|our|your|his|her|their|both|all|like|okay|yeah|hi|hello|hey)\b\s*|[^\w#@+]+)+",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"(?:['’]s|['’]|[^\w)+#.]+|\.)$")


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Drop articles, quotes and a possessive that the model took into the name."""
    leading = _LEADING.match(text, start, end)
    if leading is not None:
        start = min(leading.end(), end)
    while start < end:
        trailing = _TRAILING.search(text[start:end])
        if trailing is None or trailing.end() == trailing.start():
            break
        end = start + trailing.start()
    return start, end
