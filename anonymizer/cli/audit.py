"""``anonymizer audit``: is what was promised so, as far as it can be shown?"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anonymizer.cli.common import DONE, FAILED, LEFT, WAITING, key_options, say, study_option
from anonymizer.errors import DamagedError, NoKeyStoreError
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.audit.check import Examined
    from anonymizer.keystore.store import Store


@click.command()
@study_option
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--second-look", is_flag=True, help="List suspicious leftovers by capitals, numbers and cue words.")
@click.option("--show", is_flag=True, help="With --second-look: show the passages on this screen.")
@click.option(
    "--sample",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Draw N released turns at random and write the worksheet for a human check.",
)
@click.option(
    "--sample-result",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read the filled-in worksheet, compute what may have been missed, remove the worksheet.",
)
@click.option(
    "--plant",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Put N invented identifiers of each kind and style into copies, in memory, and count what comes through.",
)
@key_options
def audit(
    *,
    study: Study,
    as_json: bool,
    second_look: bool,
    show: bool,
    sample: int | None,
    sample_result: Path | None,
    plant: int | None,
    identity: Path | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> int:
    """Verify the log, search every released file for known originals, compare releases with approvals.

    \b
    Exit codes: 0 nothing found; 1 a release, file or recording does not fit; 3 something waits for a look;
    5 a known original was found; 10 there is no key: only the log was verified; 13 the log is damaged.
    """
    from anonymizer.audit.check import examine, read_log
    from anonymizer.cli.key import opened

    log, _ = read_log(study)
    try:
        store = opened(study, identity, passphrase_file, passphrase_fd)
    except (NoKeyStoreError, DamagedError):
        # a changed log may keep the key store from opening: say what is wrong with it all the same
        _show_log(log.lines, log.problems)
        raise
    with store:
        pin = store.pin.read()
        examined = examine(study, store.view(), head=store.document.log, pin=None if pin is None else pin.log)
        code, found = _findings(study, store, examined)
        done = _measure(study, store, examined, second_look=second_look, show=show, sample=sample,
                        sample_result=sample_result, plant=plant)  # fmt: skip
        found["measured"] = done
        outputs = examined.outputs
        store.log(
            "audit",
            files=outputs.files if outputs else 0,
            hits=len(outputs.hits) if outputs else 0,
            excused=outputs.excused if outputs else 0,
            problems=len(found["problems"]),
            exit=code,
        )
    if as_json:
        click.echo(json.dumps(found, indent=1))
    else:
        _show(found)
    return code


def _show_log(lines: int, problems: Any) -> None:
    click.echo(f"log         {lines} lines, {'whole' if not problems else 'NOT WHOLE'}")
    for number, text in problems:
        click.echo(f"            line {number} {text}" if number else f"            {text}")


def _findings(study: Study, store: Store, examined: Examined) -> tuple[int, dict[str, Any]]:
    """Exit code and findings, value-free."""
    from anonymizer.audit.gather import readers, recording_findings
    from anonymizer.recordings.media import SENTENCES
    from anonymizer.recordings.sealed import SealedRecordings

    outputs, log = examined.outputs, examined.log
    problems: list[tuple[str, str]] = []
    waiting: list[tuple[str, str]] = []
    notes: list[tuple[str, str]] = []
    required = study.settings.release.review != "optional"
    for t in examined.transcripts:
        if t.state != "released":
            continue
        if not t.approved_by:
            # what the study allows is said each time, and is no failure
            (problems if required else notes).append((t.code, "is released without an approval that counts"))
        if t.current is False:
            waiting.append((t.code, "was released from an older text, policy or decisions"))
    if outputs is not None:
        problems += [(code, "is not as it was released") for code in outputs.changed]
        problems += [(f"file {i}", "in anonymized/ was never released") for i, _ in enumerate(outputs.foreign, 1)]
    records = SealedRecordings(store).recordings()
    for finding in recording_findings(study, store, records):
        name = finding.recording or finding.transcript or "recordings"
        soft = finding.kind in ("recording-without-transcript", "transcript-without-recording")
        (waiting if soft else problems).append((name, SENTENCES[finding.kind]))
    kept = Counter(d.reason or "no reason recorded" for t in examined.transcripts if t.marks
                   for d in t.marks.decisions if d.action == "keep")  # fmt: skip
    found: dict[str, Any] = {
        "log": {"lines": log.lines, "ok": log.ok, "problems": [list(p) for p in log.problems]},
        "outputs": {
            "files": outputs.files if outputs else 0,
            "hits": [list(h) for h in outputs.hits] if outputs else [],
            "excused": outputs.excused if outputs else 0,
            "log_hits": outputs.log_hits if outputs else 0,
        },
        "released": sum(t.state == "released" for t in examined.transcripts),
        "approved": sum(bool(t.approved_by) for t in examined.transcripts),
        "problems": [list(p) for p in problems],
        "waiting": [list(w) for w in waiting],
        "notes": [list(n) for n in notes],
        "kept": dict(kept.most_common()),
        "readings": [list(row) for row in readers(store, examined)],
    }
    if not log.ok:
        return DamagedError.exit_code, found
    if outputs is not None and (outputs.hits or outputs.log_hits):
        return LEFT, found
    return FAILED if problems else WAITING if waiting else DONE, found


def _show(found: dict[str, Any]) -> None:
    _show_log(found["log"]["lines"], found["log"]["problems"])
    outputs = found["outputs"]
    hits = f"{len(outputs['hits'])} places" if outputs["hits"] else "none"
    click.echo(f"originals   {hits} in {outputs['files']} files; {outputs['excused']} hits are kept on purpose")
    for file, place in outputs["hits"]:
        click.echo(f"            {file}: {place}")
    if outputs["log_hits"]:
        click.echo(f"            {outputs['log_hits']} in the log itself")
    click.echo(f"releases    {found['released']}, transcripts approved {found['approved']}")
    for name, text in [*found["problems"], *found["waiting"], *found["notes"]]:
        click.echo(f"            {name} {text}" if name[:1].isupper() else f"            {name}: {text}")
    click.echo(f"kept        {sum(found['kept'].values())} passages")
    for reason, number in list(found["kept"].items())[:8]:
        click.echo(f"            {number:5} {reason}")
    click.echo(f"key read    {sum(row[2] for row in found['readings'])} times")
    for who, act, number in found["readings"]:
        click.echo(f"            {number:5} {act} by {who}")
    for line in found["measured"]:
        click.echo(line)


def _measure(
    study: Study,
    store: Store,
    examined: Examined,
    *,
    second_look: bool,
    show: bool,
    sample: int | None,
    sample_result: Path | None,
    plant: int | None,
) -> list[str]:
    """Take the measurements asked for, keep and log them; lines for people."""
    from anonymizer.audit import measuring
    from anonymizer.audit.measures import save_measures
    from anonymizer.audit.plant import KINDS
    from anonymizer.recordings.machine import now, stamp

    lines = []
    time = stamp(now())
    if second_look:
        look = measuring.look_again(examined)
        facts = measuring.look_facts(look)
        save_measures(study.audit, second_look=facts, second_time=time)
        store.log("audit-second-look", turns=look.turns, listed=len(look.suspicions), strong=facts.strong)
        lines.append(
            f"second look {len(look.suspicions)} passages in {look.turns} turns, {look.excused} kept on purpose"
        )
        for s in look.suspicions:
            words = f"  {s.text}" if show else ""
            lines.append(f"            {s.score:.2f} {s.transcript} turn {s.turn} at {s.start}: {s.rule}{words}")
    if sample_result is not None:
        result = measuring.take_sample(study, sample_result)
        save_measures(study.audit, sample=result, sample_time=time)
        store.log("audit-sample-result", turns=result.turns, total=result.total, misses=result.misses)
        measuring.drop_sample(study, sample_result)
        lines.append(
            f"sample      {result.with_misses} of {result.turns} turns had something missed; with "
            f"{100 * result.confidence:.0f} % confidence at most {100 * result.bound:.1f} % of {result.total} turns "
            f"({result.at_most})"
        )
        lines += [f"            {code} turn {turn}" for code, turn in result.places]
    if sample is not None:
        path = measuring.draw_sample(study, examined, sample)
        store.log("audit-sample", turns=sample)
        say(f"{path}: write into the last column how many identifiers each turn still holds, 0 if none; then")
        say(f"anonymizer audit --sample-result {path}")
    if plant is not None:
        recall = measuring.plant_and_measure(study, store.view(), examined.contents, plant)
        save_measures(study.audit, planted=recall, planted_time=time)
        hidden, total = sum(r.hidden for r in recall), sum(r.planted for r in recall)
        store.log("audit-plant", planted=total, hidden=hidden)
        lines.append(f"planted     {hidden} of {total} hidden; come through, by kind and style:")
        for r in recall:
            parts = f", {r.partly} in part" if r.partly else ""
            lines.append(f"            {r.through:3} of {r.planted:3}  {KINDS[r.kind][1]}, {r.style}{parts}")
    return lines
