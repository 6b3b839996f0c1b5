"""Other versions of what was marked once: the archive's beside the team's, without detecting or reviewing again.

``run --policy archive`` drafts them into ``private/draft/archive/``, ``release --policy archive`` puts those whose
transcript is approved through the gate into ``anonymized/archive/``. Pseudonyms are those of the team's version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from anonymizer import drafts, files
from anonymizer.batch.work import text_digest
from anonymizer.errors import AnonymizerError, GateError, ReviewError
from anonymizer.export.released import ReleasedTranscript
from anonymizer.keystore.view import KeyView, TranscriptLink, Update
from anonymizer.marked import labelled, linked_of
from anonymizer.received import Problem, scan, speakers_of
from anonymizer.release import Releases, effective_marks, gate_outputs, is_approved, outputs_digest
from anonymizer.review.marks import Marks
from anonymizer.study import Study
from anonymizer.summary import Summary
from anonymizer.transcript import Transcript

if TYPE_CHECKING:
    from anonymizer.keystore.store import Store
    from anonymizer.policy.model import Policy


@dataclass(frozen=True, slots=True)
class _Version:
    """A transcript under another policy.

    Attributes:
        released: Its new text.
        content: The turns as received.
        marks: Decisions under that policy.
        reviewed: Whether the team's marks are approved.
    """

    released: ReleasedTranscript
    content: Transcript = field(repr=False)
    marks: Marks
    reviewed: bool


def draft(study: Study, store: Store, name: str) -> Summary:
    """Draft every transcript that was run once under another policy.

    Args:
        study: The study.
        store: Its opened key store; entities that only this policy hides get pseudonyms.
        name: The policy.
    """
    summary = Summary()
    for version in _versions(study, store, name, summary.problems):
        folder = study.draft / name
        outputs = drafts.render_all(version.released, study.settings.release.formats)
        files.write_all({folder / file: data for file, data in outputs.items()})
        summary.count(version.marks)
        summary.drafted.append(version.released.code)
    return summary


def release(study: Study, store: Store, name: str, codes: Sequence[str] = ()) -> Releases:
    """Put approved transcripts under another policy through the gate into anonymized/NAME/."""
    from anonymizer.gate import known_originals

    result = Releases()
    drafted = drafts.Listing(study.draft / name)
    for version in _versions(study, store, name, result.problems, codes):
        code = version.released.code
        if not version.reviewed and study.settings.release.review != "optional":
            result.waiting.append(code)
            continue
        view = store.view()
        outputs = drafts.render_all(version.released, study.settings.release.formats)
        places, excused = gate_outputs(outputs, version.released, version.content, version.marks, known_originals(view))
        result.excused += excused
        if places:
            result.refused[code] = places
            error = GateError(f"a known original is still there: {'; '.join(places[:5])}", file=code)
            result.problems.append(Problem.of(study.draft / name / code, error))
            continue
        store.log(
            "release", code=code, policy=name, reviewed=version.reviewed, digest=outputs_digest(view.secret, outputs)
        )
        files.write_all({study.anonymized / name / file: data for file, data in outputs.items()}, files.SHARED_FILE)
        files.remove_all(drafted.paths(code))
        result.released.append(code)
    return result


def _versions(
    study: Study, store: Store, name: str, problems: list[Problem], codes: Sequence[str] = ()
) -> Iterator[_Version]:
    from anonymizer.policy.load import load_policy
    from anonymizer.protocol.document import read_protocol

    policy = load_policy(name, study.rules)
    protocol = read_protocol(study.protocol)
    received, found = scan(study)
    problems.extend(found)
    links = {link.transcript: link for link in store.view().links}
    ordered = sorted(
        ((links[item.transcript], item) for item in received if item.transcript in links),
        key=lambda pair: (pair[0].participants, pair[0].session, pair[0].code),
    )
    for link, item in ordered:
        if (codes and link.code not in codes) or drafts.stamp(study, link.code) is None:
            continue
        try:
            team = effective_marks(study, item.transcript)
            content = _content(study, item.path, team)
            marks = _named(store, link, content, team, policy)
            released = drafts.build(
                content,
                marks,
                policy,
                protocol,
                speakers=speakers_of(content.labels, store.view(), link),
                participants=link.participants,
                reviewed=is_approved(study, team),
            )
        except AnonymizerError as error:
            problems.append(Problem.of(item.path, error))
            continue
        yield _Version(released, content, marks, released.reviewed)


def _content(study: Study, path: Path, team: Marks) -> Transcript:
    from anonymizer.intake.reader import read

    content = read(path)
    if text_digest(content, study.salt()) != team.text_digest:
        raise ReviewError("the received file changed since the draft", file=path, hint="anonymizer run")
    return content


def _named(store: Store, link: TranscriptLink, content: Transcript, team: Marks, policy: Policy) -> Marks:
    from anonymizer.policy.versions import decide_again
    from anonymizer.pseudonyms.assign import BatchItem, assign

    marks = decide_again(team, policy)
    view: KeyView = store.view()
    known = {(entity.pseudonym, entity.entity_type) for entity in view.entities}
    item = BatchItem(
        code=link.code,
        transcript=content,
        linked=linked_of(marks, content),
        decisions=marks.decisions,
        participants=link.participants,
        speakers=speakers_of(content.labels, view, link),
        # the team's labels, also where a reviewer said that somebody is one with somebody of another transcript
        chosen={e.id: e.pseudonym for e in marks.entities if not e.roster and (e.pseudonym, e.entity_type) in known},
    )
    assigned = assign([item], view, policy)
    if assigned.entities and link.code not in view.frozen:
        store.update(
            Update(entities=assigned.entities, log=(("names", (("code", link.code), ("policy", policy.name))),))
        )
    return labelled(marks, marks, assigned.labels[link.code])
