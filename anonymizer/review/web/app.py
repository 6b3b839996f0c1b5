"""The Flask application: pages and answers behind the guard."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonymizer.errors import AnonymizerError
from anonymizer.review.session import Session
from anonymizer.review.web.guard import BODY_LIMIT, Gate, install

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

HERE = Path(__file__).parent
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

# what the guard's words mean on the page; no page of these names the study
REFUSALS = {
    "another-host": "This address is not the one that the review is bound to.",
    "another-site": "This request did not come from the review's own page.",
    "json-only": "Only JSON is taken here.",
    "too-long": "This is too long.",
    "locked": "The review is locked.",
    "no-cookie": "This browser was not let in. Open the review with “anonymizer review” in the study folder.",
    "no-token": "This page is out of date. Load it again.",
    "used": "This address was used before; it works once. Start “anonymizer review” again.",
}


def static_files() -> dict[str, tuple[str, bytes]]:
    """Name -> (type, bytes) of everything that the page may load, read once: no request reaches a path."""
    return {
        path.name: (TYPES[path.suffix], path.read_bytes())
        for path in sorted((HERE / "static").iterdir())
        if path.suffix in TYPES
    }


def create_app(session: Session, gate: Gate, alarm: Callable[[str], None] = lambda line: None) -> Flask:
    """The application.

    Args:
        session: What is reviewed.
        gate: Who may talk to it.
        alarm: Gets a line, without text of a transcript, for each unexpected failure.
    """
    from flask import Flask, Response, jsonify, render_template, request
    from werkzeug.exceptions import HTTPException

    from anonymizer.review.web import api, pages

    app = Flask(__name__, static_folder=None, template_folder=str(HERE / "templates"))
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT, TRAP_BAD_REQUEST_ERRORS=False)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    statics = static_files()

    def refuse(status: int, word: str) -> Response:
        if request.path.startswith("/api/"):
            return Response(f'{{"message":"{REFUSALS[word]}"}}', status, mimetype="application/json")
        template = "locked.html" if word == "locked" else "refused.html"
        return Response(render_template(template, message=REFUSALS[word], token=""), status)

    install(app, gate, refuse)

    @app.context_processor
    def common() -> dict[str, Any]:
        return {
            "token": gate.page_token,
            "reviewer": session.reviewer,
            "title": session.study.settings.title,
            "two": session.study.settings.release.review == "two",
        }

    @app.get("/static/<name>")
    def static(name: str) -> Response:
        kind, data = statics.get(name, ("", b""))
        return Response(data, mimetype=kind) if kind else Response("", 404)

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response("", 204)

    @app.get("/open/<token>")
    def open_(token: str) -> Response:
        from anonymizer.review.web.guard import set_cookie

        if not gate.open(token):
            return refuse(403, "used")
        response = Response("", 303, {"Location": "/"})
        if request.headers.get("Sec-Fetch-Site") not in (None, "none", "same-origin"):
            # a redirect that began on another site would not carry the strict cookie: let our own page go on
            response = Response(render_template("opened.html"), 200)
        set_cookie(gate, response)
        return response

    @app.errorhandler(AnonymizerError)
    def expected(error: AnonymizerError) -> Response:
        if request.path.startswith("/api/"):
            response: Response = jsonify(message=str(error), hint=error.hint)
            response.status_code = 422
            return response
        return Response(render_template("refused.html", message=f"{error}", hint=error.hint), 404)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        if isinstance(error, HTTPException):
            status, message = error.code or 500, error.name
        else:
            # an exception's message may quote a transcript: the id ties the page to a line with type and place only
            from anonymizer.cli.common import _place

            mark = secrets.token_hex(4)
            alarm(f"internal error {mark}: {_place(error)}")
            status, message = 500, f"internal error {mark}; the terminal shows where"
        if request.path.startswith("/api/"):
            return Response(f'{{"message":"{message}"}}', status, mimetype="application/json")
        return Response(render_template("refused.html", message=message), status)

    pages.add(app, session, gate)
    api.add(app, session, gate)
    return app
