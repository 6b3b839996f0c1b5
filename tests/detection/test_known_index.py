"""Known forms indexed in two parts, the roster's once for all transcripts, are found as in one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from anonymizer.detection.names import Known, KnownHit, KnownIndex
from anonymizer.detection.words import split

_SPELLINGS = (
    "Osei Osay Ossei Katherine Catherine Kathryn Tove Tovah Lindqvist Lindquist Brandt Brand Abernathy Abernathie "
    "Jürgen Jurgen Łukasz Lukash Mei-Shan Meishan May Will"
)
_NAMES = st.sampled_from(_SPELLINGS.split())
_FORM = st.builds(
    lambda words, score, fuzzy, capital: Known(
        tuple(w.lower for w in split(" ".join(words))), "PERSON", "direct", "roster", "g", score, "r", capital, fuzzy
    ),
    st.lists(_NAMES, min_size=1, max_size=2),
    st.sampled_from([0.8, 0.95, 1.0]),
    st.booleans(),
    st.booleans(),
)
_FORMS = st.lists(_FORM, max_size=8).map(lambda forms: [replace(f, group=str(n)) for n, f in enumerate(forms)])
_COMMON = frozenset({"may", "will", "and", "said"})


def _hits(index: KnownIndex, text: str, lower: bool) -> list[KnownHit]:
    return list(index.scan(split(text.lower() if lower else text), lower=lower))


@given(_FORMS, _FORMS, st.lists(st.one_of(_NAMES, st.sampled_from(["and", "said", "met"])), max_size=10), st.booleans())
def test_two_parts_are_one(first: list[Known], second: list[Known], words: list[str], lower: bool) -> None:
    """Exact, in part, misspelt: the same hits, of equally good forms the earlier."""
    text = " ".join(words)
    parts = KnownIndex(second, _COMMON, KnownIndex(first, _COMMON))
    whole = KnownIndex([*first, *second], _COMMON)

    assert _hits(whole, text, lower) == _hits(parts, text, lower)
    assert bool(whole) == bool(parts)
