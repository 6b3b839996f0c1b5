"""What the tagger's weights are learnt by."""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from anonymizer.protocol import crf, sentence, weights
from anonymizer.protocol.evidence import QUESTION_FEATURES, collect, contexts, excerpt
from anonymizer.protocol.likeness import ProtocolIndex
from anonymizer.protocol.model import Protocol
from anonymizer.transcript import Transcript

TOOLS = Path(__file__).parent.parent.parent / "tools"


def tool(name: str) -> Any:
    """A module of tools/."""
    sys.path.insert(0, str(TOOLS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(TOOLS))


@pytest.fixture(scope="module")
def corpus() -> Any:
    """tools/tagging_corpus.py."""
    return tool("tagging_corpus")


@pytest.fixture(scope="module")
def interviews(corpus: Any, bicycles: Protocol, talk: Transcript, gold: tuple[str | None, ...]) -> list[Any]:
    """The interview about bicycles, and its first half, with what an earlier pass might know."""
    index = ProtocolIndex(bicycles, frozenset())
    place = {q.id: at for at, q in enumerate(bicycles.questions)}
    result = []
    for length in (len(gold), 11):
        turns = talk.turns[:length]
        roles = [("interviewer" if turn.speaker == "Interviewer" else "participant") for turn in turns]
        evidence = collect([turn.text for turn in turns], roles, index)  # type: ignore[arg-type]
        asked = np.array([place.get(id or "", len(place)) for id in gold[:length]])
        found = corpus.Interview(f"talk {length}", "bicycles", index, evidence, asked, ["ask"] * length)
        random = np.random.default_rng(length)
        shape = (length, len(place))
        found.known = weights.Known(random.random(shape), random.normal(size=(*shape, len(weights.TAUGHT))))
        result.append(found)
    return result


def gold_score(scores: crf.Scores, gold: np.ndarray[Any, np.dtype[np.int64]]) -> float:
    """Score of one path, step by step."""
    total = scores.first[gold[0]] + scores.start[0, gold[0]] + scores.node[0, gold[0]]
    for t in range(1, len(gold)):
        total += scores.step(t)[gold[t - 1], gold[t]] + scores.node[t, gold[t]]
    return float(total)


def test_the_loss_is_that_of_the_field(corpus: Any, interviews: list[Any]) -> None:
    """Padded and counted together, interviews cost what the tagger's own sums say of each; a weight multiplies it."""
    vector = np.random.default_rng(1).normal(size=weights.SIZE) * 0.1
    interviews[1].weight = 2.0
    costs = []
    for d in interviews:
        scores = weights.score(vector, d.evidence, d.index, d.known)
        costs.append(crf.sums(scores).log_z - gold_score(scores, d.gold))

    loss, _ = corpus.Batch(interviews).loss_and_gradient(vector, np.zeros(weights.SIZE))

    assert loss == pytest.approx(costs[0] + 2.0 * costs[1], rel=1e-4)


def test_the_gradient_is_the_slope(corpus: Any, interviews: list[Any]) -> None:
    """Along random directions, the gradient says by how much the loss changes."""
    random = np.random.default_rng(2)
    vector, strength = random.normal(size=weights.SIZE) * 0.1, corpus.penalty()
    batch = corpus.Batch(interviews)
    _, gradient = batch.loss_and_gradient(vector, strength)
    for _ in range(5):
        direction = random.normal(size=weights.SIZE)
        step = 1e-3 * direction
        ahead, behind = (batch.loss_and_gradient(vector + s, strength)[0] for s in (step, -step))

        assert float(gradient @ step) == pytest.approx((ahead - behind) / 2, rel=2e-2)


def test_a_fit_gets_its_own_interviews_right(corpus: Any, interviews: list[Any]) -> None:
    """Weights learnt from two interviews without much restraint tag them as they were taught."""
    passes = corpus.fit(interviews, corpus.penalty() * 0.1)
    stages = corpus.apply(passes, interviews)

    assert all(corpus.outcome(d, stages).right.mean() > 0.9 for d in interviews)


def test_protocols_left_out(corpus: Any) -> None:
    """Each protocol is tagged once, by weights that have not seen it; those of the corpus learn from each other."""
    names = {"apples": False, "bread": True, "cake": False, "dates": True, "eggs": False}
    data = [SimpleNamespace(protocol=name, corpus=real) for name, real in names.items() for _ in range(2)]

    found = corpus.left_out(data, folds=2)

    assert found == [
        ({"apples", "cake", "eggs"}, {"apples", "cake", "eggs"}),
        ({"bread"}, {"bread"}),
        ({"dates"}, {"dates"}),
    ]
    mixed = corpus.left_out([*data, SimpleNamespace(protocol="figs", corpus=False)], folds=1)
    assert mixed == [
        ({*names, "figs"}, {"apples", "cake", "eggs", "figs"}),
        ({"apples", "cake", "eggs", "figs", "bread"}, {"bread"}),
        ({"apples", "cake", "eggs", "figs", "dates"}, {"dates"}),
    ]


def test_confidence_rises_and_the_threshold_keeps_its_promise(corpus: Any) -> None:
    """A made-up tagger that is right as often as it says: knots rise, and above the threshold 95 of 100 are right."""
    random = np.random.default_rng(3)
    said = random.random(4000)
    right = random.random(4000) < said
    knots = corpus.isotonic(said, right)
    confidence = corpus.calibrated(knots, said)
    below = corpus.threshold(confidence, right)

    assert [p for _, p in knots] == sorted(p for _, p in knots)
    assert np.abs(confidence - said).mean() < 0.05
    assert right[confidence >= below].mean() >= 0.95
    assert (confidence >= below).any()


def test_small_blocks_do_not_fall(corpus: Any) -> None:
    """Forty of forty right after 999 of 1,000: the few that are counted do not make the surer ones less sure."""
    said = np.concatenate([np.full(1000, 0.9), np.full(40, 0.95)])
    right = np.arange(1040) > 0
    right = np.arange(1040) != 999
    knots = corpus.isotonic(said, right)

    assert [place for place, _ in knots] == [0.9, 0.95]
    assert [share for _, share in knots] == [0.9985, 0.9985]


def test_figures_count_what_they_say(corpus: Any, interviews: list[Any]) -> None:
    """A tagger that is right in every turn but one: one wrong turn, in the rows it is in."""
    evaluate = tool("evaluate_tagging")
    outcomes = []
    for d in interviews:
        state = d.gold.copy()
        outcomes.append(corpus.Outcome(d, state, np.full(len(state), 0.9)))
    outcomes[0].state[5] += 1
    outcomes[0].marginal[5] = 0.1

    found = evaluate.figures({"way": outcomes})["way"]
    rows = found["groups"]

    assert list(rows) == ["invented, looked at", "all"]
    assert rows["all"]["turns"] == len(interviews[0].gold) + len(interviews[1].gold)
    assert rows["all"]["turn"] == round(1 - 1 / rows["all"]["turns"], 3)
    assert rows["all"]["ask"] == rows["all"]["turn"]
    assert sum(row["turns"] for row in found["reliability"]) == rows["all"]["turns"]


def test_vectors_of_a_protocol_stand_in_for_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors that were left for a protocol are used for it and nowhere else; a text without one is told."""
    texts = tool("tagging_texts")
    monkeypatch.setattr(texts, "VECTORS", tmp_path)
    vector = np.zeros((1, sentence.DIMENSIONS), dtype=np.float32)
    vector[0, 3] = 1.0
    digest = hashlib.sha256(b"And at home?").hexdigest()
    np.savez(tmp_path / "bicycles.npz", digests=np.array([digest]), vectors=vector)

    with texts.vectors_of("bicycles") as unseen:
        assert unseen
        np.testing.assert_array_equal(sentence.embed(["And at home?"]), vector)
        with pytest.raises(KeyError):
            sentence.embed(["Another text"])
    with texts.vectors_of("trains") as unseen:
        assert not unseen
    assert float(sentence.embed(["And at home?"])[0, 3]) != 1.0


@pytest.mark.parametrize(
    ("context", "expected"), [(0, " ".join(map(str, range(64, 100)))), (1, " ".join(map(str, range(14)))), (2, "")]
)
def test_what_the_sentence_model_reads(context: int, expected: str) -> None:
    """The end of what an interviewer says, the beginning of the answer, nothing of what comes after it."""
    assert excerpt(" ".join(map(str, range(100))), context) == expected


def test_contexts() -> None:
    """Interviewer, answer to the interviewer, more."""
    assert contexts(["participant", "interviewer", "participant", "participant", "other"]).tolist() == [2, 0, 1, 2, 2]


@pytest.fixture(scope="module")
def seen(bicycles: Protocol, talk: Transcript) -> dict[str, Any]:
    """Features of the interview about bicycles by name, (turns, questions) each."""
    roles = [("interviewer" if turn.speaker == "Interviewer" else "participant") for turn in talk]
    evidence = collect([turn.text for turn in talk], roles, ProtocolIndex(bicycles, frozenset()))  # type: ignore[arg-type]
    return {name: evidence.question[:, :, at] for at, name in enumerate(QUESTION_FEATURES)}


def test_the_place_of_a_question(seen: dict[str, Any]) -> None:
    """At the first turn every question lies ahead, at the last asked one behind, and never both."""
    behind, ahead = seen["place.behind"], seen["place.ahead"]
    count = ahead.shape[1]

    np.testing.assert_allclose(ahead[0], 3 * np.arange(count) / (count - 1))
    np.testing.assert_allclose(behind[-2], 3 * (1 - np.arange(count) / (count - 1)), atol=1e-12)
    assert not (behind * ahead).any()
    assert not behind[0].any()
    assert not ahead[-2].any()


def test_talk_around_a_turn_speaks_for_a_section(
    seen: dict[str, Any], bicycles: Protocol, gold: tuple[str | None, ...]
) -> None:
    """All questions of a section get the same; in the middle of a section it gets more than the others."""
    sections = [q.section for q in bicycles.questions]
    for name in ("section.meaning", "section.deep"):
        for section in set(sections):
            own = seen[name][:, [at for at, s in enumerate(sections) if s == section]]
            np.testing.assert_allclose(own, np.repeat(own[:, :1], own.shape[1], axis=1), atol=1e-6)
    for id in ("background.1.a", "repairs.1.a"):
        turn = gold.index(id)
        assert sections[int(seen["section.deep"][turn].argmax())].lower() == id.split(".")[0]
