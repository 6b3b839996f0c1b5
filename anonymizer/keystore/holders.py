"""Who can open the key: adding, removing, listing."""

from __future__ import annotations

from dataclasses import replace

from anonymizer.errors import KeyStoreError
from anonymizer.keystore.container import MAX_HOLDERS
from anonymizer.keystore.create import make_holder
from anonymizer.keystore.document import Document, Holder
from anonymizer.keystore.people import random_id
from anonymizer.keystore.rotate import Replaced, replace_secret
from anonymizer.keystore.store import Store


def add_holder(store: Store, label: str, recipient: str) -> str:
    """Re-seal to one more holder and return the new holder's id.

    Raises:
        KeyStoreError: The label or the recipient is in use, the recipient is none, or there are 32 already.
    """
    import pyrage

    document = store.document
    label = " ".join(label.split())
    if not label or len(label) > 60:
        raise KeyStoreError("a holder's label has 1 to 60 characters")
    try:
        recipient = str(pyrage.x25519.Recipient.from_str(recipient.strip()))
    except pyrage.RecipientError:
        raise KeyStoreError("not a recipient", hint="the line age1... that anonymizer key identity printed") from None
    for holder in document.holders.values():
        if holder.recipient == recipient:
            raise KeyStoreError("this recipient is a holder already")
        if holder.label.casefold() == label.casefold():
            raise KeyStoreError("a holder has this label already", hint="choose another label")
    if len(document.holders) >= MAX_HOLDERS:
        raise KeyStoreError(f"a key store has at most {MAX_HOLDERS} holders")
    key = random_id("h-", document.holders, store.random)
    made = make_holder(label, recipient, store.clock().date().isoformat())
    store.commit(
        replace(document, holders={**document.holders, key: made}),
        [("holder-add", {"holder": key, "public": made.public})],
    )
    return key


def remove_holder(store: Store, label: str, *, me: bool = False) -> Replaced:
    """Re-seal without a holder and replace the shred secret, always both: a removed holder keeps every old copy.

    Raises:
        KeyStoreError: No such holder; the last one; yourself without ``me``.
    """
    document = store.document
    key, _ = find_holder(document, label)
    if len(document.holders) == 1:
        raise KeyStoreError("the last holder cannot be removed", hint="anonymizer key destroy ends the key")
    if key == store.holder_id and not me:
        raise KeyStoreError("this is yourself", hint="--me, if that is meant; you cannot open the key afterwards")
    rest = {other: holder for other, holder in document.holders.items() if other != key}
    return replace_secret(store, replace(document, holders=rest), [("holder-remove", {"holder": key})])


def find_holder(document: Document, label: str) -> tuple[str, Holder]:
    """A holder by label or id.

    Raises:
        KeyStoreError: None.
    """
    for key, holder in document.holders.items():
        if label == key or holder.label.casefold() == label.strip().casefold():
            return key, holder
    raise KeyStoreError("no such holder", hint="anonymizer key holder list")
