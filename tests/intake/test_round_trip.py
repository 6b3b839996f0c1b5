"""A random talk, written as each format by an independent writer, is read back word for word."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizer.intake.reader import read_bytes

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=12, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_talk_comes_back(data: st.DataObject, writer, talk_strategy) -> None:
    """Turns, speakers and the times that the format has."""
    talk = data.draw(talk_strategy)
    transcript = read_bytes(writer(talk), "received")

    assert [s.text for s in talk] == [t.text for t in transcript]
    renamed = {
        "google": lambda s: f"Speaker {1 + [x.speaker for x in talk].index(s)}",
        "chat": lambda s: s.replace(" ", "_"),
    }
    name = renamed.get(writer.__name__, lambda s: s)
    assert [name(s.speaker) for s in talk] == [t.speaker for t in transcript]
    starts = [t.start for t in transcript]
    assert starts in ([s.start for s in talk], [None] * len(talk))
    ends = [t.end for t in transcript]
    assert ends in ([s.end for s in talk], [None] * len(talk))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.lists(st.tuples(st.none() | TEXT, TEXT, st.none() | st.floats(0, 1e6)), min_size=1, max_size=8))
def test_canonical_json_is_verbatim(turns: list[tuple[str | None, str, float | None]]) -> None:
    """Any text at all, empty ones, white space and control characters included, keeps every code point."""
    document = {"turns": [{"speaker": s, "text": t, "start": x} for s, t, x in turns]}
    for data in (json.dumps(document).encode(), json.dumps(document, ensure_ascii=False).encode("utf-8-sig")):
        transcript = read_bytes(data, "x.json")

        assert turns == [(t.speaker, t.text, t.start) for t in transcript]
