"""Words among which one is looked for that sounds alike, without comparing with each of many."""

from __future__ import annotations

from collections.abc import Iterable

from anonymizer.entities.names import consonants, is_known_given, sound, sounds_like

_VOWELS = "aeiou"
# shorter ones are not put together again from two
_SHORTEST = 5
_LONG = 7


class HeardWords:
    """Words of names.

    Args:
        words: Those of fewer than five letters are left out.
        base: Further words, indexed already.
    """

    def __init__(self, words: Iterable[str] = (), base: HeardWords | None = None) -> None:
        self._base = base
        self._words = frozenset(word for word in words if len(word) >= _SHORTEST)
        self._by_key: dict[tuple[str, str], list[str]] = {}
        for word in self._words:
            for key in _keys(word):
                self._by_key.setdefault(key, []).append(word)
        self._long = [word for word in self._words if len(word) >= _LONG]
        self._sounds = [sound(word) for word in self._long]

    def __contains__(self, word: str) -> bool:
        return word in self._words or (self._base is not None and word in self._base)

    def like(self, word: str) -> bool:
        """Whether any of the words sounds like one, as :func:`anonymizer.entities.names.sounds_like` has it."""
        if self._base is not None and self._base.like(word):
            return True
        near = {other for key in _keys(word) for other in self._by_key.get(key, ())}
        return any(sounds_like(word, other) for other in near) or self._like_long(word)

    def _like_long(self, word: str) -> bool:
        """Long words may sound alike with other consonants: one letter apart, or given names that belong together."""
        if len(word) < _LONG or not self._long:
            return False
        from rapidfuzz import process
        from rapidfuzz.distance import OSA, Indel

        heard = sound(word)
        found = process.extract(heard, self._sounds, scorer=OSA.distance, score_cutoff=1, limit=None)
        places = [place for _, _, place in found]
        if is_known_given(word):
            # a little below what sounds_like asks for, whatever the last digit
            near = process.extract(
                heard, self._sounds, scorer=Indel.normalized_similarity, score_cutoff=0.79, limit=None
            )
            places += [place for _, _, place in near]
        return any(sounds_like(word, self._long[place]) for place in places)


def _keys(word: str) -> tuple[tuple[str, str], ...]:
    """What words share that sound alike, unless they are long."""
    return ("stem", word.rstrip(_VOWELS)), ("sound", sound(word)), ("consonants", consonants(word))
