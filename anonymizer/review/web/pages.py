"""The pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anonymizer.errors import ReviewError
from anonymizer.review import learned, leftover, overview, picture
from anonymizer.review.combine import disagreements
from anonymizer.review.desk import Asked, Desk
from anonymizer.review.events import mention
from anonymizer.review.overlay import Mention, span_id
from anonymizer.review.session import Session, StudyEntity
from anonymizer.review.texts import shown
from anonymizer.review.web.guard import Gate
from anonymizer.review.web.markup import CONTEXT_CHARACTERS, context_line, data_block, sections, state_json
from anonymizer.review.wording import DONE_WORDS, TYPES, chip, classes, label

if TYPE_CHECKING:
    from flask import Flask

MENTIONS_SHOWN = 300
SMALL_SHOWN = 200


def add(app: Flask, session: Session, gate: Gate) -> None:
    """Put the pages into the application."""
    from flask import render_template, request

    def page(template: str, here: str, **values: Any) -> str:
        return render_template(template, here=here, saved=session.saved_at, **values)

    @app.get("/")
    def index() -> str:
        with session.lock:
            rows = overview.rows(session)
            return page(
                "overview.html",
                "overview",
                rows=rows,
                protocol=session.protocol,
                q_index={q.id: n for n, q in enumerate(session.protocol.questions)} if session.protocol else {},
                totals=_totals(rows),
                agreement=overview.agreement_of(session),
                disputes=overview.open_disputes(session),
            )

    @app.get("/t/<transcript>")
    def transcript(transcript: str) -> str:
        with session.lock:
            desk = session.desk(transcript)
            return page(
                "transcript.html",
                "transcript",
                desk=desk,
                name=desk.name,
                sections=list(sections(desk, session.protocol)),
                state=data_block(state_json(desk, session.protocol)),
                protocol=session.protocol,
                left=desk.left(),
            )

    @app.get("/e")
    def entities() -> str:
        with session.lock:
            every = session.entities()
            questions = [(desk, asked) for desk in session.desks() for asked in desk.questions()]
            return page(
                "entities.html",
                "entities",
                entities=every,
                types=TYPES,
                questions=[_question(desk, asked) for desk, asked in questions],
                undecided=sum(bool(e.undecided) for e in every),
                shown=shown,
            )

    @app.get("/e/<int:number>")
    def entity(number: int) -> str:
        with session.lock:
            found = session.entity(number)
            return page(
                "entity.html",
                "entities",
                entity=found,
                types=TYPES,
                parts=_parts(session, found),
                shown=shown,
                others=[e for e in session.entities() if e.number != number and e.entity_type == found.entity_type],
            )

    @app.get("/left")
    def left() -> str:
        with session.lock:
            lists = leftover.everyday(session.study.settings.detection.language, session.study.rules)
            items = {desk.transcript: leftover.left_over(desk.content, desk.view, lists) for desk in session.desks()}
            wanted = request.args.get("t", "")
            here = wanted if wanted in items else next((id for id, some in items.items() if _todo(some)), "")
            here = here or next(iter(items), "")
            tabs = [(id, session.desk(id).name, _todo(some), len(some)) for id, some in items.items()]
            groups = []
            for kind, title in leftover.KINDS.items():
                some = [left for left in items.get(here, []) if left.kind == kind]
                groups.append(
                    (kind, title, sum(not left.done for left in some), [_left(session, here, x) for x in some])
                )
            return page(
                "left.html",
                "left",
                tabs=tabs,
                transcript=here,
                groups=groups,
                rev=session.desk(here).rev if here else 0,
                name=session.desk(here).name if here else "",
                done=sum(left.done for left in items.get(here, [])),
                total=len(items.get(here, [])),
            )

    @app.get("/p")
    def people() -> str:
        with session.lock:
            k = max(2, min(10, int(request.args.get("k", picture.K)))) if request.args.get("k", "2").isdigit() else 3
            attributes = picture.attributes(session)
            small = picture.small_combinations(attributes, k)
            return page(
                "people.html",
                "people",
                people={name: [d.name for d in desks] for name, desks in picture.people(session).items()},
                attributes=attributes,
                small=small[:SMALL_SHOWN],
                more=max(0, len(small) - SMALL_SHOWN),
                k=k,
            )

    @app.get("/p/<name>")
    def person(name: str) -> str:
        with session.lock:
            if name not in picture.people(session):
                raise ReviewError("nobody is called so here")
            alone = [s for s in picture.small_combinations(picture.attributes(session)) if name in s.who]
            return page("person.html", "people", picture=picture.picture(session, name), alone=alone[:SMALL_SHOWN])

    @app.get("/d")
    def disputes() -> str:
        with session.lock:
            return page(
                "disputes.html",
                "disputes",
                places=[place for desk in session.desks() for place in _disputes(desk)],
                waiting=[
                    (desk.transcript, desk.name, desk.view.submitted) for desk in session.desks() if not desk.joint
                ],
                agreement=overview.agreement_of(session),
            )

    @app.get("/rules")
    def rules() -> str:
        with session.lock:
            return page("rules.html", "rules", learned=learned.learned(session.study), lessons=learned.lessons(session))

    @app.get("/help")
    def help_() -> str:
        return page("help.html", "help")

    @app.get("/lock")
    def locked_page() -> str:
        return render_template("locked.html", message="", token="")


def _todo(items: list[leftover.Left]) -> int:
    return sum(not left.done for left in items)


def _left(session: Session, transcript: str, left: leftover.Left) -> dict[str, Any]:
    desk = session.desk(transcript)
    turn, start, end = mention(left.spots[0])
    text = desk.content.turns[turn].text
    return {
        "form": shown(left.form),
        "why": left.why,
        "spots": left.spots,
        "done": left.done,
        "turn": turn,
        "last": mention(left.spots[-1])[0],
        "before": shown(text[max(0, start - CONTEXT_CHARACTERS) : start]),
        "words": shown(text[start:end]),
        "after": shown(text[end : end + CONTEXT_CHARACTERS]),
        "reason": desk.view.fine.get(left.spots[0], ""),
    }


def _disputes(desk: Desk) -> list[dict[str, Any]]:
    if not desk.joint:
        return []
    events = [*desk.log.events, *(e for some in desk.others.values() for e in some)]
    result = []
    for place in disagreements(desk.machine, events):
        text = desk.content.turns[place.turn].text
        result.append(
            {
                "transcript": desk.transcript,
                "name": desk.name,
                "turn": place.turn,
                "place": span_id(place.turn, place.start, place.end),
                "open": place.open,
                "before": shown(text[max(0, place.start - CONTEXT_CHARACTERS) : place.start]),
                "form": shown(text[place.start : place.end]),
                "after": shown(text[place.end : place.end + CONTEXT_CHARACTERS]),
                "versions": [(who, [_version(desk, m) for m in version]) for who, version in place.versions],
            }
        )
    return sorted(result, key=lambda d: not d["open"])


def _version(desk: Desk, m: Mention) -> dict[str, str]:
    d = m.decision
    words = shown(desk.content.turns[d.turn].text[d.start : d.end])
    return {
        "words": words,
        "chip": chip(m),
        "classes": classes(m),
        "does": DONE_WORDS[d.action],
        "type": TYPES[d.entity_type][2],
    }


def _totals(rows: list[overview.Row]) -> dict[str, int]:
    totals = {"transcripts": len(rows), "findings": 0, "undecided": 0, "questions": 0, "approved": 0}
    for row in rows:
        if row.left is not None:
            for name in ("findings", "undecided", "questions"):
                totals[name] += row.left[name]
            totals["approved"] += row.step >= 4
    findings = totals["findings"]
    totals["percent"] = 100 * (findings - totals["undecided"]) // findings if findings else 100
    return totals


def _parts(session: Session, entity: StudyEntity) -> list[dict[str, Any]]:
    parts = []
    for transcript, id in entity.parts:
        desk = session.desk(transcript)
        mentions = desk.view.of_entity(id)
        parts.append(
            {
                "transcript": transcript,
                "name": desk.name,
                "entity": id,
                "reference": desk.view.reference(id),
                "rev": desk.rev,
                "count": len(mentions),
                "mentions": [context_line(desk, m) for m in mentions[:MENTIONS_SHOWN]],
                "approved": session.approved(transcript),
            }
        )
    return parts


def _question(desk: Desk, asked: Asked) -> dict[str, Any]:
    lines = []
    for id in asked.entities:
        mentions = desk.view.of_entity(id)
        if mentions:
            lines.append(
                {"id": label(desk.view.entities[id]), "count": len(mentions), "line": context_line(desk, mentions[0])}
            )
    place = {"transcript": desk.transcript, "name": desk.name, "rev": desk.rev}
    return {"key": asked.key, "reason": asked.reason, "options": asked.options, "lines": lines, **place}
