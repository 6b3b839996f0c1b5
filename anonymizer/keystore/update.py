"""A batch step's additions to the document. Values in, values out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from anonymizer.errors import KeyStoreError
from anonymizer.keystore import originals
from anonymizer.keystore.document import INTERVIEWER, PARTICIPANT, TRANSCRIPT, Document, SealedLink
from anonymizer.keystore.people import random_id
from anonymizer.keystore.view import KnownEntity, Update


def apply_update(
    document: Document, update: Update, random: Callable[[int], bytes]
) -> tuple[Document, list[tuple[str, dict[str, str]]]]:
    """The document with an update in it, and the originals to seal as (transcript id, {decision id: text}).

    Known entities only grow: forms and transcripts that the store has are kept, because outputs are searched for them.

    Raises:
        KeyStoreError: A pseudonym is taken; an id, transcript or code is unknown. Names none of them but codes.
    """
    transcripts = dict(document.transcripts)
    for made in update.links:
        known = transcripts.get(made.transcript)
        if not re.fullmatch(TRANSCRIPT, made.code):
            raise KeyStoreError("a new link has no transcript code")
        transcripts[made.transcript] = SealedLink(made, known.key if known else originals.new_key())
    codes = {sealed.link.code: transcript for transcript, sealed in transcripts.items()}
    if len(codes) != len(transcripts) or codes.keys() & document.tombstones.keys():
        raise KeyStoreError("a transcript code would be given twice")
    entities = dict(document.entities)
    given = {entity.pseudonym: key for key, entity in entities.items()}
    for entity in update.entities:
        for code in (*entity.transcripts, *([entity.transcript] if entity.transcript else [])):
            if code not in codes:
                raise KeyStoreError("an entity names a transcript that is not linked")
            if code in document.frozen and entity.id == "":
                raise KeyStoreError(f"{code} is frozen after a withdrawal and takes no new entities")
        key = entity.id or random_id("e-", entities, random)
        if entity.id:
            entities[key] = _grown(entities.get(key), entity)
            continue
        if not entity.pseudonym:
            raise KeyStoreError("an entity has no pseudonym")
        if not may_be_shared(entity.pseudonym, document) and (
            entity.pseudonym in given or entity.pseudonym in document.tombstones
        ):
            raise KeyStoreError("a pseudonym would be given twice")
        given[entity.pseudonym] = key
        entities[key] = replace(entity, id=key)
    sealed_originals = []
    for code, texts in update.originals:
        if code not in codes:
            raise KeyStoreError("originals name a transcript that is not linked")
        sealed_originals.append((codes[code], dict(texts)))
    return replace(document, transcripts=transcripts, entities=entities), sealed_originals


def may_be_shared(pseudonym: str, document: Document) -> bool:
    """True for the code of a living participant or interviewer: all that belongs to the person may carry it."""
    code = pseudonym.strip("[]")
    known = code in document.participants or code in document.interviewers
    return known and re.fullmatch(f"{PARTICIPANT}|{INTERVIEWER}", code) is not None


def _grown(old: KnownEntity | None, new: KnownEntity) -> KnownEntity:
    if old is None:
        raise KeyStoreError("an update names an entity that is not in the key store")
    if old.pseudonym != new.pseudonym:
        raise KeyStoreError("an update would change a pseudonym that was given")
    return replace(
        new,
        forms=tuple(dict.fromkeys((*new.forms, *old.forms))),
        transcripts=tuple(dict.fromkeys((*old.transcripts, *new.transcripts))),
    )
