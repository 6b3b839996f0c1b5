"""Tag turns with the protocol's questions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import yaml

from anonymizer import resources
from anonymizer.errors import RulesError
from anonymizer.protocol import crf, weights
from anonymizer.protocol.evidence import ProtocolIndex, collect
from anonymizer.protocol.model import Protocol, Tag
from anonymizer.protocol.speakers import roles
from anonymizer.transcript import Role, Speaker, Transcript


def read_lexicon(overlay: Path | None) -> frozenset[str]:
    """Words of talk outside the protocol, from ``rules/tagging/outside.yaml`` and the study's own.

    Raises:
        RulesError: Not lists of words.
    """
    found: set[str] = set()
    for path in resources.rule_files("tagging/outside.yaml", overlay):
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise RulesError("not valid YAML", file=path, line=mark.line + 1 if mark else None) from None
        if not isinstance(document, dict):
            raise RulesError("lists of words under headings are expected", file=path)
        for entry in document.values():
            if not isinstance(entry, list):
                raise RulesError("lists of words under headings are expected", file=path)
            # YAML reads bare on, off, yes, no as truth values
            found.update(
                {True: "on", False: "off"}.get(w, "") if isinstance(w, bool) else str(w).lower() for w in entry
            )
    return frozenset(found)


class Tagger:
    """Tags transcripts under one protocol; the word vectors are loaded on the first transcript.

    Args:
        protocol: Whose questions are looked for.
        rules_overlay: The study's own rules folder.

    Raises:
        RulesError: The weights or the words of outside talk cannot be read.
    """

    def __init__(self, protocol: Protocol, *, rules_overlay: Path | None = None) -> None:
        self.protocol = protocol
        self._weights = weights.load(rules_overlay)
        self._lexicon = read_lexicon(rules_overlay)
        self._index: ProtocolIndex | None = None

    @property
    def index(self) -> ProtocolIndex:
        """What of the protocol is compared with turns."""
        if self._index is None:
            self._index = ProtocolIndex(self.protocol, self._lexicon)
        return self._index

    def tag(self, transcript: Transcript, speakers: Sequence[Speaker] = ()) -> tuple[Tag, ...]:
        """One tag for each turn.

        Args:
            transcript: Of an interview under the protocol.
            speakers: What is known of who speaks; the rest is found out.

        Raises:
            ModelError: The word vectors are not installed.
        """
        return self.tag_study([transcript], [speakers])[0]

    def tag_study(
        self, transcripts: Sequence[Transcript], speakers: Sequence[Sequence[Speaker]] = ()
    ) -> list[tuple[Tag, ...]]:
        """Tags of interviews under one protocol, which teach each other how its questions are put.

        Args:
            transcripts: In any order; the result does not depend on it.
            speakers: For each transcript what is known of who speaks; empty if nothing is.
        """
        known = list(speakers) or [()] * len(transcripts)
        return [self._tag_one(transcript, people) for transcript, people in zip(transcripts, known, strict=True)]

    def _tag_one(self, transcript: Transcript, speakers: Sequence[Speaker]) -> tuple[Tag, ...]:
        by_label, certain = roles(transcript, speakers)
        role: list[Role] = [by_label[turn.speaker] for turn in transcript]
        texts = [turn.text for turn in transcript]
        doubt = not _plain_interview(transcript, role)
        asking: list[Role] = role
        if "interviewer" not in role:
            asking = ["interviewer" if text.rstrip().endswith("?") else "participant" for text in texts]
        evidence = collect(texts, asking, self.index)
        questions = len(self.protocol.questions)
        sums = crf.sums(weights.score(self._weights.vectors[0], evidence, self.index))
        for _ in range(self._weights.rounds):
            elsewhere = weights.elsewhere_of(sums, questions)
            sums = crf.sums(weights.score(self._weights.vectors[-1], evidence, self.index, elsewhere))
        tags = []
        for turn, speaks in zip(transcript, role, strict=True):
            state = int(sums.node[turn.index].argmax())
            confidence = self._weights.calibrated(float(sums.node[turn.index, state]))
            id = self.protocol.questions[state].id if state < questions else None
            review = doubt or confidence < self._weights.review_below
            tags.append(Tag(turn.index, speaks, id, round(confidence, 3), review))
        del certain
        return tuple(tags)


def _plain_interview(transcript: Transcript, role: Sequence[Role]) -> bool:
    """False for what the weights were not learnt on: nobody asks, nobody answers, times that run backwards."""
    starts = [turn.start for turn in transcript if turn.start is not None]
    backwards = any(later < earlier - 1.0 for earlier, later in pairwise(starts))
    return "interviewer" in role and any(r in ("participant", "other") for r in role) and not backwards
