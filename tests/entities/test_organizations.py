"""Organizations under several forms."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anonymizer.entities.entity import Linked

Groups = Callable[..., set[frozenset[str]]]
ONE = [
    ["{O:Lumenworks Robotics} hired me.", "{O:Lumenworks} grew, {O:lumen works} too.", "{O:Lumenworks Robotics Ltd.}"],
    ["{O:Global Health Futures} ({O:GHF}) pays."],
    ["{O:University of East Harlow} is nice.", "{O:UEH} too, {O:East Harlow} I mean."],
    ["{O:Fairview Infirmary} is near.", "{O:Royal Fairview Infirmary} is its name."],
    ["{O:St. Brigid's Hospital} is near.", "{O:Brigid's} pays badly."],
    ["{O:DataHarbor} grew.", "{O:data harbor} shrank, {O:dataharbor.io} is the site."],
    ["{O:Veridian Foods} grew.", "{O:Viridian Foods} shrank."],
    ["{O:The Cobblestone Group} grew.", "{O:Cobblestone} shrank."],
    ["at {O:u e h} now", "{O:UEH} is nice."],
]  # fmt: skip
TWO = [
    ["{O:Lumenworks} hired me.", "{O:Cobblestone} fired me."],
    ["{O:University of Harlow} is nice.", "{O:University of Marlby} too."],
    ["{O:Harlow College} is nice.", "{O:Harlow Robotics} too."],
    ["{O:IBX} is big.", "{O:IDX} too."],
    ["{O:Route 66 Diner} is good.", "{O:Route 67 Diner} is not."],
]


@pytest.mark.parametrize("turns", ONE, ids=range(len(ONE)))
def test_forms_of_one_organization_are_linked(groups: Groups, turns: list[str]) -> None:
    """Short forms, acronyms, legal endings, run-together and misheard words."""
    assert 1 == len(groups(*turns))


@pytest.mark.parametrize("turns", TWO, ids=range(len(TWO)))
def test_two_organizations_stay_two(groups: Groups, turns: list[str]) -> None:
    """What many share says nothing."""
    assert 2 == len(groups(*turns))


def test_a_short_form_of_two_is_asked(linked: Callable[..., Linked]) -> None:
    """ "Harlow" beside two organizations of Harlow."""
    result = linked("{O:Harlow Robotics} and {O:Harlow Foods} merged.", "{O:Harlow} grew.")
    assert 3 == len(result.entities)
    assert [("who?", {"E1", "E2", "E3"})] == [(q.kind, set(q.entities)) for q in result.questions]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I studied at {O:Harlow University}.", "university"),
        ("my phd at {O:Harlow} was long", "university"),
        ("I joined a startup called {O:Pinwheel}.", "company"),
        ("{O:Pinwheel}, which is a small company in town", "company"),
        ("{O:Fairview Infirmary} hired me", "hospital"),
        ("{O:Pinwheel} is nice", ""),
    ],
)
def test_the_kind_is_what_the_words_say(linked: Callable[..., Linked], text: str, kind: str) -> None:
    """Known from the form or from words beside it; else left open."""
    assert kind == linked(text).entities[0].kind
