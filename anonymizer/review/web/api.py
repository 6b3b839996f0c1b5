"""Answers in JSON: decisions are saved before they are confirmed."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from anonymizer.errors import ReviewError
from anonymizer.review import learned
from anonymizer.review.desk import Change, ConflictError, Desk
from anonymizer.review.events import Event, mention
from anonymizer.review.session import Session
from anonymizer.review.web.acts import build
from anonymizer.review.web.guard import Gate, set_cookie
from anonymizer.review.web.markup import change_json, context_line

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

SEARCH_LIMIT = 500
LINES_SHOWN = 200


def add(app: Flask, session: Session, gate: Gate) -> None:
    """Put the answers into the application."""
    from flask import Response, jsonify, request

    def body() -> dict[str, Any]:
        document = request.get_json(silent=True)
        if not isinstance(document, dict):
            raise ReviewError("not a JSON object")
        return document

    def saved(document: dict[str, Any]) -> ResponseReturnValue:
        session.saved_at = datetime.datetime.now().strftime("%H:%M:%S")
        return jsonify({**document, "saved": session.saved_at})

    @app.post("/api/events")
    def events() -> ResponseReturnValue:
        document = body()
        with session.lock:
            desk = session.desk(_text(document, "transcript"))
            rev = document.get("rev")
            acts = document.get("acts")
            if not isinstance(rev, int) or not isinstance(acts, list) or not acts:
                raise ReviewError("not a list of acts")
            made: list[Event] = []
            for act in acts:
                batch = act.pop("batch", "") if isinstance(act, dict) else ""
                made += build(session, desk, act, str(batch))
            try:
                change = desk.post(made, rev)
            except ConflictError as conflict:
                missed = change_json(desk, desk.changed_since(rev))
                return jsonify({**missed, "message": str(conflict), "conflicts": list(conflict.targets)}), 409
            return saved(change_json(desk, change))

    @app.get("/api/changes")
    def changes() -> ResponseReturnValue:
        with session.lock:
            desk = session.desk(request.args.get("t", ""))
            return jsonify(change_json(desk, desk.changed_since(int(request.args.get("since", "0")))))

    @app.post("/api/undo")
    @app.post("/api/redo")
    def undo() -> ResponseReturnValue:
        document = body()
        redo = request.path == "/api/redo"
        with session.lock:
            desk = session.desk(_text(document, "transcript"))
            rev = document.get("rev")
            missed = desk.changed_since(rev) if isinstance(rev, int) else Change()
            done, undone = desk.steps()
            stack = undone if redo else done
            if not stack:
                return jsonify(message="nothing to redo" if redo else "nothing to undo"), 409
            batch = stack[-1]
            turned = desk.turn_back(redo=redo)
            if turned is None:
                return jsonify(message="nothing to undo"), 409
            # a step that went through the study goes back in the study
            elsewhere = session.undo_everywhere(batch, redo=redo)
            answer = change_json(desk, turned.change)
            if missed != Change():
                answer["reload"] = True
            return saved({**answer, "goto": turned.first, "elsewhere": len(elsewhere)})

    @app.post("/api/study/decide")
    def decide_everywhere() -> ResponseReturnValue:
        document = body()
        with session.lock:
            changes = session.decide_everywhere(
                int(document.get("entity", 0)), _text(document, "action"), _text(document, "batch")
            )
            return saved({"transcripts": len(changes), "mentions": sum(len(c.mentions) for c in changes.values())})

    @app.post("/api/study/fine")
    def fine_everywhere() -> ResponseReturnValue:
        document = body()
        with session.lock:
            changes = session.fine_everywhere(
                _text(document, "kind"), _text(document, "form"), _text(document, "batch")
            )
            return saved({"transcripts": len(changes)})

    @app.post("/api/settle")
    def settle() -> ResponseReturnValue:
        document = body()
        with session.lock:
            place = mention(_text(document, "place"))
            change = session.settle(
                _text(document, "transcript"), place, _text(document, "who"), _text(document, "batch")
            )
            return saved({"mentions": len(change.mentions)})

    @app.post("/api/rules")
    def change_rules() -> ResponseReturnValue:
        document = body()
        add_words, remove = document.get("add", []), document.get("remove", [])
        if not all(isinstance(w, str) for w in (*add_words, *remove)):
            raise ReviewError("words are needed")
        with session.lock:
            known = {lesson.word for lesson in learned.lessons(session) if not lesson.against}
            if not set(add_words) <= known:
                raise ReviewError("only words that were kept, and are hidden nowhere, can be learned here")
            new = learned.learn(session.study, add_words)
            return saved({"added": new, "removed": learned.forget(session.study, remove)})

    @app.post("/api/study/undo")
    def undo_everywhere() -> ResponseReturnValue:
        document = body()
        with session.lock:
            return saved({"transcripts": len(session.undo_everywhere(_text(document, "batch")))})

    @app.get("/api/t/<transcript>/search")
    def search(transcript: str) -> ResponseReturnValue:
        wanted = request.args.get("q", "").casefold()
        with session.lock:
            content = session.desk(transcript).content
        turns = [t.index for t in content if wanted and wanted in t.text.casefold()]
        return jsonify(turns=turns[:SEARCH_LIMIT], more=len(turns) > SEARCH_LIMIT)

    @app.get("/api/t/<transcript>/after")
    def after(transcript: str) -> ResponseReturnValue:
        from anonymizer.review.after import after_texts

        with session.lock:
            return jsonify(turns=after_texts(session, session.desk(transcript)))

    @app.get("/api/t/<transcript>/context")
    def context(transcript: str) -> ResponseReturnValue:
        with session.lock:
            desk = session.desk(transcript)
            return jsonify(_reach(session, desk, request.args.get("m", "")))

    @app.post("/api/t/<transcript>/approve")
    def approve(transcript: str) -> ResponseReturnValue:
        body()
        with session.lock:
            lacking = session.missing(transcript)
            if lacking:
                return jsonify(message="not yet", missing=list(lacking)), 409
            return saved({"approved": True, "learned": session.approve(transcript)})

    @app.get("/api/t/<transcript>/missing")
    def missing(transcript: str) -> ResponseReturnValue:
        with session.lock:
            session.desk(transcript)
            return jsonify(missing=list(session.missing(transcript)))

    @app.post("/api/lock")
    def lock() -> ResponseReturnValue:
        gate.lock()
        return jsonify(locked=True)

    @app.post("/api/unlock")
    def unlock() -> ResponseReturnValue:
        if not gate.unlock(_text(body(), "code")):
            return jsonify(message="wrong code"), 403
        response = jsonify(locked=False)
        assert isinstance(response, Response)  # noqa: S101
        set_cookie(gate, response)
        return response

    @app.post("/api/quit")
    def quit_() -> ResponseReturnValue:
        gate.lock()
        gate.stop()
        return jsonify(quit=True)


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise ReviewError(f"{name} is missing")
    return value


def _reach(session: Session, desk: Desk, id: str) -> dict[str, Any]:
    """How far an entity reaches: here, in the study, and its number there."""
    found = desk.view.mentions.get(id)
    if found is None:
        raise ReviewError("a finding that is not there any more")
    part = (desk.transcript, found.decision.entity)
    for entity in session.entities():
        if part in entity.parts:
            lines = [
                {**context_line(other, m), "name": other.name}
                for other, part_id in ((session.desk(t), e) for t, e in entity.parts)
                for m in other.view.of_entity(part_id)
            ]
            return {
                "number": entity.number,
                "mentions": entity.mentions,
                "transcripts": len({t for t, _ in entity.parts}),
                "lines": lines[:LINES_SHOWN],
            }
    raise ReviewError("a finding that is not there any more")
