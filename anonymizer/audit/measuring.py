"""The three measurements an audit can take: a human sample, planted identifiers, a second look by other means."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path

from anonymizer import files
from anonymizer.audit import sampling
from anonymizer.audit.check import Examined, sample_state
from anonymizer.audit.facts import SecondLookFacts
from anonymizer.audit.plant import Recall, load_plants, measure, plant
from anonymizer.audit.sampling import SampleResult, SampleTurn
from anonymizer.audit.second_look import SecondLook, second_look
from anonymizer.errors import InputError
from anonymizer.keystore.view import KeyView
from anonymizer.study import Study
from anonymizer.transcript import Transcript

STRONG = 0.75
WORKSHEET, STATE = "sample.csv", "sample.json"


def look_again(examined: Examined) -> SecondLook:
    """The second look over everything released."""
    turns = ((r.code, t.index, t.text) for r in examined.released for t in r.turns)
    return second_look(turns, examined.kept)


def look_facts(look: SecondLook) -> SecondLookFacts:
    """Its counts."""
    strong = sum(s.score >= STRONG for s in look.suspicions)
    return SecondLookFacts(look.turns, look.by_rule(), strong, look.excused)


def sample_folder(study: Study) -> Path:
    """Where the worksheet and what it drew lie."""
    return study.review / "sample"


def draw_sample(study: Study, examined: Examined, n: int, seed: bytes | None = None) -> Path:
    """Draw ``n`` released turns and write the worksheet to fill in, mode 0600.

    Raises:
        InputError: Nothing is released.
    """
    turns = [SampleTurn(r.code, t.index, t.speaker, t.text) for r in examined.released for t in r.turns]
    if not turns:
        raise InputError("nothing is released yet, so nothing can be sampled", hint="anonymizer release")
    seed = seed or secrets.token_bytes(16)
    drawn = sampling.draw(turns, n, seed)
    total = sum(any(c.isalnum() for c in t.text) for t in turns)
    folder = sample_folder(study)
    files.make_private(folder)
    state = {"seed": seed.hex(), "total": total, "drawn": [[t.transcript, t.turn] for t in drawn]}
    files.write_json(folder / STATE, state)
    files.write_atomic(folder / WORKSHEET, sampling.worksheet(drawn))
    return folder / WORKSHEET


def take_sample(study: Study, worksheet: Path) -> SampleResult:
    """Read a filled-in worksheet; both files are removed by :func:`drop_sample` once the result is kept.

    Raises:
        InputError: Not filled in wholly.
        OutputError: No sample was drawn.
    """
    _, total, drawn = sample_state(sample_folder(study) / STATE)
    try:
        data = worksheet.read_bytes()
    except OSError:
        raise InputError("the worksheet cannot be read", file=worksheet) from None
    wanted = set(drawn)
    return sampling.read_worksheet(
        data, lambda code, turn: (code, turn) in wanted, total=total, count=len(wanted), file=worksheet.name
    )


def drop_sample(study: Study, worksheet: Path) -> None:
    """Remove the worksheet and what was drawn; somebody may have written names beside the turns."""
    folder = sample_folder(study)
    for path in (worksheet, folder / WORKSHEET, folder / STATE):
        files.remove(path)


def plant_and_measure(
    study: Study, view: KeyView, contents: Iterable[Transcript], per_kind: int, seed: bytes | None = None
) -> tuple[Recall, ...]:
    """Put invented identifiers into copies of the received transcripts and run this study's detection over them.

    Nothing is written: the workshop gets no cache.

    Raises:
        InputError: No transcript can be read.
    """
    from anonymizer.batch.work import Job, Workshop
    from anonymizer.gate import known_originals
    from anonymizer.policy.load import load_policy
    from anonymizer.protocol.document import read_protocol

    transcripts = tuple(contents)
    avoid = [original.text for original in known_originals(view)]
    seed = seed or secrets.token_bytes(16)
    planted = plant(transcripts, load_plants(study.rules), per_kind=per_kind, seed=seed, avoid=avoid)
    if not planted:
        raise InputError("there is no received transcript to plant into", hint="put them into private/received/")
    workshop = Workshop(
        settings=study.settings.detection,
        protocol=read_protocol(study.protocol),
        policy=load_policy(study.settings.policy, study.rules),
        rules=study.rules,
        roster=view.roster,
    )

    def hide(content: Transcript) -> list[tuple[int, int, int]]:
        worked = workshop.work(Job("planted", Path()), content)
        return [(d.turn, d.start, d.end) for d in worked.decisions if d.action != "keep"]

    return measure(planted, hide)
