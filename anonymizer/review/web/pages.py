"""The pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anonymizer.errors import ReviewError
from anonymizer.review import overview
from anonymizer.review.desk import Desk
from anonymizer.review.session import Session, StudyEntity
from anonymizer.review.texts import shown
from anonymizer.review.web.guard import Gate
from anonymizer.review.web.markup import context_line, data_block, sections, state_json
from anonymizer.review.wording import TYPES

if TYPE_CHECKING:
    from flask import Flask

MENTIONS_SHOWN = 300


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
            questions = [(desk, *q) for desk in session.desks() for q in desk.questions()]
            return page(
                "entities.html",
                "entities",
                entities=every,
                types=TYPES,
                questions=[_question(session, *q) for q in questions],
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

    @app.get("/help")
    def help_() -> str:
        return page("help.html", "help")

    @app.get("/lock")
    def locked_page() -> str:
        return render_template("locked.html", message="", token="")

    del request


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


def _question(session: Session, desk: Desk, key: str, reason: str, entities: tuple[str, ...]) -> dict[str, Any]:
    lines = []
    for id in entities:
        mentions = desk.view.of_entity(id)
        if mentions:
            lines.append({"id": id, "count": len(mentions), "line": context_line(desk, mentions[0])})
    if not lines:
        raise ReviewError("a question about entities that are gone")
    return {
        "key": key,
        "transcript": desk.transcript,
        "name": desk.name,
        "rev": desk.rev,
        "reason": reason,
        "lines": lines,
    }
