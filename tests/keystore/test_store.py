"""Opening, saving, updating: the pipeline's way through the key store."""

from __future__ import annotations

import pytest

from anonymizer.errors import KeyStoreError, LockedError, NoKeyStoreError
from anonymizer.keystore.view import KnownEntity, Update


def entity(pseudonym, form, code, id="", **more):
    """A company of one form."""
    return KnownEntity(id, "ORGANIZATION", "company", "study", "", form.casefold(), (form,), pseudonym, **more,
                       transcripts=(code,))  # fmt: skip


def test_new_store_opens_with_its_holder(world):
    """What key init made opens, at generation 1, empty, with the holder's label."""
    with world.open() as store:
        view = store.view()

    assert ("dana", 1, 0, ()) == (view.holder, view.generation, len(view.roster), view.entities)
    assert 32 == len(view.seed) == len(view.secret)


def test_update_survives_reopening(full):
    """Entities, links and originals of one update are there after reopening, saved once."""
    with full.open() as store:
        made = store.link("t0123456789ab", "P01")
        before = store.view().generation
        store.update(
            Update(
                entities=(entity("[Company 1]", "Tidewater Looms", made.code, about=("P01",)),),
                originals=((made.code, (("0:3-9", "Tidewater Looms"),)),),
                log=(("run", (("transcript", made.code), ("entities", 1))),),
            )
        )

    with full.open() as store:
        view = store.view()
        assert before + 1 == view.generation
        assert ["[Company 1]"] == [e.pseudonym for e in view.entities]
        assert {"0:3-9": "Tidewater Looms"} == store.originals("P01-1")
        assert "[Company 1]" in view.reserved


def test_update_grows_known_entities(full):
    """A known entity gets forms and transcripts and keeps those it had."""
    with full.open() as store:
        first = store.link("t0123456789ab", "P01").code
        second = store.link("t0123456789ac", "P02").code
        view = store.update(Update(entities=(entity("[Company 1]", "Tidewater Looms", first),)))
        known = view.entities[0]
        view = store.update(Update(entities=(entity("[Company 1]", "Tidewater", second, id=known.id),)))

    assert {"Tidewater", "Tidewater Looms"} == set(view.entities[0].forms)
    assert ("P01-1", "P02-1") == view.entities[0].transcripts


@pytest.mark.parametrize("second", ["[Company 1]", "[Company 2]"], ids=["the same twice in one update", "taken before"])
def test_pseudonym_is_never_given_twice(full, second):
    """An update that gives a pseudonym again is refused as a whole."""
    with full.open() as store:
        code = store.link("t0123456789ab", "P01").code
        if second == "[Company 2]":
            store.update(Update(entities=(entity("[Company 2]", "Grackle", code),)))
        generation = store.view().generation
        with pytest.raises(KeyStoreError, match="twice"):
            store.update(Update(entities=(entity("[Company 1]", "Loom", code), entity(second, "Lathe", code))))
        assert generation == store.view().generation


def test_second_opening_is_locked_out(world):
    """While a store is open, a second opening ends with exit code 11."""
    with world.open(), pytest.raises(LockedError) as caught:
        world.open()

    assert 11 == caught.value.exit_code


def test_no_store_is_its_own_error(bare):
    """Without key init: exit code 10, with what to do."""
    with pytest.raises(NoKeyStoreError) as caught:
        bare.open()

    assert 10 == caught.value.exit_code
    assert "key init" in caught.value.hint


def test_closed_store_refuses_to_save(world):
    """A store cannot be saved after its lock was given back."""
    store = world.open()
    store.close()

    with pytest.raises(KeyStoreError, match="closed"):
        store.log("run")
