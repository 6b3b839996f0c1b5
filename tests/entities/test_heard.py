"""Words that sound alike are found without comparing each with each, and the same ones."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from anonymizer.entities.heard import HeardWords
from anonymizer.entities.names import sounds_like

# pieces of names, so that many of the words sound alike or nearly
_PIECES = st.sampled_from(
    "ka ca cha shi si zi pre phre t th d mar mer ion ian een ine a o ie y ey ssa sa lle l nn n harp hart".split()  # noqa: SIM905
)
_SPELLINGS = (
    "katherine catherine kathryn harpreet hartpreet meredith caoimhe keeva jonathan johnathan theodore theodora "
    "elizabeth elisabeth marianne mariana alexander aleksandr christina kristina"
)
_NAMES = st.sampled_from(_SPELLINGS.split())
_WORDS = st.one_of(st.lists(_PIECES, min_size=1, max_size=5).map("".join), _NAMES)


@given(st.lists(_WORDS, max_size=12), st.lists(_WORDS, max_size=4), _WORDS)
@example(["catherine"], [], "katherine")
@example([], ["theodore"], "theodora")
def test_the_same_words_are_alike_as_one_by_one(words: list[str], more: list[str], word: str) -> None:
    """An index, also one on another, says what comparing with each long enough word says."""
    heard = HeardWords(more, HeardWords(words))

    long = [other for other in (*words, *more) if len(other) > 4]
    assert any(sounds_like(word, other) for other in long) == heard.like(word)
    assert (word in long) == (word in heard)
