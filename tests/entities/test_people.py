"""People: one pseudonym for all the forms of one, never one for two."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anonymizer.entities.entity import Linked

Groups = Callable[..., set[frozenset[str]]]

ONE = [
    ("full, nickname, title, possessive, case, misheard",
     ["{P:Katherine Osei} came.", "{P:Kat} did, {P:Kate} too.", "{P:Ms. Osei} said so, {P:Osei's} plan.",
      "then {P:katherine} left, {P:Catherine Osay} wrote"]),
    ("title outside of the mention", ["Ask Mrs. {P:Quenby}.", "{P:Rowena Quenby} is the head."]),
    ("surname only", ["{P:Ottoline Farquhar} runs it.", "{P:Farquhar} is strict."]),
    ("initials", ["{P:Thandiwe Mokoena} leads.", "{P:TM} will know."]),
    ("initials with stops", ["{P:A.J. Mensah} leads.", "{P:AJ} will know."]),
    ("initial for the given name", ["{P:Ottoline Farquhar} runs it.", "From {P:O. Farquhar}."]),
    ("reversed", ["{P:Ottoline Farquhar} runs it.", "{P:Farquhar, Ottoline} on the list."]),
    ("middle name", ["{P:Maria Elena Duarte} said.", "{P:Elena Duarte} again, {P:Elena}."]),
    ("particles", ["{P:Joris van der Meer} came.", "{P:van der Meer} left.", "{P:Joris} too."]),
    ("double-barrelled", ["{P:Ngozi Okafor-Lindqvist} came.", "{P:Lindqvist} left."]),
    ("split by a caption", ["{P:Gurpreet} came.", "{P:Gur Preet} left."]),
    ("misheard", ["{P:Krzysztof} came.", "{P:Kristof} left."]),
    ("misheard", ["{P:Caitlin Moss} came.", "{P:Kaitlyn} left."]),
    ("pet form", ["{P:Babatunde} came.", "{P:Tunde} left."]),
    ("pet form", ["{P:Małgorzata Wrona} came.", "{P:Gosia} left."]),
    ("pet form", ["{P:Bartholomew} came.", "{P:Bart} left."]),
    ("pet form", ["{P:Guadalupe} came.", "{P:Lupita} left."]),
    ("said so", ["There is {P:Xinyi}, everybody calls her {P:Cindy}."]),
    ("said so", ["{P:Oluwadamilare} goes by {P:Dee}."]),
    ("said so", ["{P:Hyun-woo}, or {P:Howard} as we call him, left."]),
    ("said so in brackets", ["{P:Keelin} ({P:Caoilfhionn}) left."]),
    ("head of a school", ["We have a Miss {P:Harcastle}! {P:Bryony}. She runs it.", "{P:Bryony} is kind."]),
    ("accents", ["{P:Zoë Durão} came.", "{P:Zoe Durao} left."]),
    ("small letters", ["{P:Ottoline Farquhar} came.", "and {P:ottoline} left, {P:farquhar} too"]),
    ("invisible characters", ["{P:Ottoline} came.", "{P:Otto\u200bline} left."]),
    ("what speakers call themselves", ["A| Hi, I'm {P:Matheus}.", "B| Thanks, {P:Matthias}."]),
    ("initialled title", ["{P:Rosalind Delacroix} teaches.", "They call her Miss {P:D}, that's all."]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "turns"), ONE, ids=[f"{n} {what}" for n, (what, _) in enumerate(ONE)])
def test_forms_of_one_person_are_linked(groups: Groups, what: str, turns: list[str]) -> None:
    """Nicknames, titles, initials, misheard and split forms."""
    assert 1 == len(groups(*turns)), what


TWO = [
    ("given names", ["{P:Mark Tolliver} came.", "{P:Mark Abernathy} left."]),
    ("family name", ["{P:Tunde Adeyinka} came.", "{P:Bola Adeyinka} left."]),
    ("gender by title", ["{P:Mr. Quenby} came.", "{P:Mrs. Quenby} left."]),
    ("gender by ending", ["{P:Daniel} came.", "{P:Daniela} left."]),
    ("gender by ending", ["{P:Mario} came.", "{P:Maria} left."]),
    ("gender by ending", ["{P:Victor} came.", "{P:Victoria} left."]),
    ("alike", ["{P:Jane} came.", "{P:June} left."]),
    ("alike", ["{P:Martin} came.", "{P:Marvin} left."]),
    ("alike", ["{P:Erin} came.", "{P:Aaron} left."]),
    ("alike", ["{P:Helen} came.", "{P:Ellen} left."]),
    ("alike", ["{P:Mary} came.", "{P:Mark} left."]),
    ("alike", ["{P:Marisol} came.", "{P:Maria} left."]),
    ("side by side", ["{P:Kat} and {P:Katherine} came."]),
    ("other one", ["{P:Nadia} came.", "The other {P:Nadia} left."]),
    ("denied", ["{P:Ottoline} wrote.", "I read {F:Ottoline Brandt}, not our {P:Ottoline}."]),
    ("famous", ["{F:Grace Hopper} wrote it.", "{P:Grace} on my team left."]),
    ("technical", ["The {T:Adam} optimizer works.", "{P:Adam} said so."]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "turns"), TWO, ids=[f"{n} {what}" for n, (what, _) in enumerate(TWO)])
def test_two_people_stay_two(groups: Groups, linked: Callable[..., Linked], what: str, turns: list[str]) -> None:
    """Merging two people would falsify the transcript."""
    assert 2 == len(linked(*turns).entities), what


def test_an_alias_of_two_is_asked_and_not_guessed(linked: Callable[..., Linked]) -> None:
    """Bare Mark with two full Marks: three entities and a question that names them all."""
    result = linked("{P:Mark Tolliver} came.", "{P:Mark Abernathy} left.", "Then {P:Mark} called.")
    assert ("E1", "E2", "E3") == tuple(e.id for e in result.entities)
    (question,) = result.questions
    assert "who?" == question.kind
    assert {"E1", "E2", "E3"} == set(question.entities)
    assert "Mark" not in question.reason


def test_somebody_named_like_the_interviewer_is_somebody_else(linked: Callable[..., Linked]) -> None:
    """ "Mark on my team said", told to Mark, is about another Mark; a reviewer is asked."""
    result = linked(
        "I| Hi, I'm {P:Mark}.",
        "R| Hi {P:Mark}.",
        "I| Who wrote it?",
        "R| {P:Mark} wrote it, he sits next to me.",
        "R| Thanks, {P:Mark}.",
    )
    assert ("E1", "E1", "E2", "E1") == result.entity_of
    assert ["same?"] == [q.kind for q in result.questions]


def test_a_person_and_a_place_of_one_form_stay_two(linked: Callable[..., Linked]) -> None:
    """Jordan met us in Jordan."""
    result = linked("{P:Jordan} met us in {L:Jordan}.", "{P:Jordan} likes {L:Jordan}.")
    assert ("E1", "E2", "E1", "E2") == result.entity_of


def test_scope_is_study_only_for_what_means_one_person_everywhere(linked: Callable[..., Linked]) -> None:
    """Full names and organizations in the whole study; bare first names in their transcript."""
    result = linked("{P:Ottoline Farquhar} and {P:Nadia} of {O:Lumenworks} came on {D:May 3}.")
    assert ["study", "transcript", "study", "transcript"] == [e.scope for e in result.entities]
    assert ["ottoline farquhar", "", "lumenworks", ""] == [e.key for e in result.entities]


def test_entities_are_numbered_by_first_mention_and_forms_start_with_the_fullest(linked: Callable[..., Linked]) -> None:
    """E1 is who is named first, whatever the name is."""
    result = linked("{P:Kat} came to {O:Lumenworks}.", "{P:Katherine Osei} left.")
    assert [("E1", ("Katherine Osei", "Kat")), ("E2", ("Lumenworks",))] == [(e.id, e.forms) for e in result.entities]


def test_relations_are_kinds(linked: Callable[..., Linked]) -> None:
    """What is said in so many words names the kind, and the gender it states."""
    result = linked("My older sister {P:Nadia} came.", "{P:Tunde}, my manager, left.", "{P:Ines} stayed.")
    assert [("sister", "f"), ("manager", ""), ("", "")] == [(e.kind, e.gender) for e in result.entities]


def test_names_are_in_no_repr(linked: Callable[..., Linked]) -> None:
    """Values end up in assertion messages and logs."""
    shown = repr(linked("{P:Ottoline Farquhar} of {O:Lumenworks} and {P:Mark}, {P:Mark Xu}, {P:Mark Yu}."))
    assert not [name for name in ("Ottoline", "Farquhar", "Lumenworks", "Mark", "lumenworks") if name in shown]
