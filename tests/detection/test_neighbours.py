"""Figures of a form beside the other forms of its transcript."""

from __future__ import annotations

import math

import pytest

from anonymizer.detection.candidate import Candidate
from anonymizer.detection.neighbours import FORM_FIGURES, OWN_FIGURES, Mention, Neighbours, mention


def at(turn: int, **chances: float) -> Mention:
    """A mention in a turn."""
    return mention(Candidate(turn, 0, 4, "OTHER", 0.5, "ner"), chances)


GROUPS = {
    "zephyr": [at(1, TECH=0.9), at(11, TECH=0.7)],
    "zephyr okonjo": [at(2, PERSON=0.8, TECH=0.2)],
    "second of may": [at(1, DATE=1.0)],
    "the river": [at(1, LOC=0.5, KLOC=0.5)],
    "the mill": [at(5, ORG=1.0)],
}


def test_a_longer_form_tells_what_the_short_one_is() -> None:
    """The full name, said once, speaks for the given name alone; an everyday word in common does not."""
    neighbours = Neighbours(GROUPS, 20, {"the"})

    figures = neighbours.of_form("zephyr", GROUPS["zephyr"])

    assert figures["alike_person"] == 0.8
    assert figures["alike_hide"] == pytest.approx(0.8)
    assert neighbours.of_form("the river", GROUPS["the river"])["alike_hide"] == 0.0


def test_how_far_it_reaches_and_how_often_it_is_said() -> None:
    """Extent as a share of the turns; rank among the forms, the most frequent first."""
    neighbours = Neighbours(GROUPS, 20, set())

    assert neighbours.of_form("zephyr", GROUPS["zephyr"])["extent"] == 0.5
    assert neighbours.of_form("zephyr", GROUPS["zephyr"])["rank"] == 0.0
    assert neighbours.of_form("the mill", GROUPS["the mill"])["rank"] == math.log(2)


def test_what_else_is_in_the_turn() -> None:
    """Dates speak apart from names; the form itself does not count, and one neighbour counts half."""
    neighbours = Neighbours(GROUPS, 20, set())

    assert neighbours.of_mention("zephyr", 1) == {
        "beside_hide": pytest.approx(0.5 / 3),
        "beside_keep": pytest.approx(0.5 / 3),
        "beside_time": pytest.approx(1 / 3),
    }
    assert neighbours.of_mention("the mill", 5) == dict.fromkeys(OWN_FIGURES, 0.0)


def test_figures_are_those_that_are_named() -> None:
    """What the judgement is trained on has a place for each, in this order."""
    neighbours = Neighbours(GROUPS, 20, set())

    assert tuple(neighbours.of_form("zephyr", GROUPS["zephyr"])) == FORM_FIGURES
    assert tuple(neighbours.of_mention("zephyr", 1)) == OWN_FIGURES
