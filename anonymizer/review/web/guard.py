"""The guard before every view: who may talk to the review page.

A page on 127.0.0.1 can be reached by every program of this computer and, through the browser, by every web page the
researcher has open. Cookies ignore ports, so SameSite alone does not stop another local server's page; a page whose
name resolves to 127.0.0.1 (DNS rebinding) sends Host and Origin that agree with each other. Therefore both are compared
with the very address that was bound, port included.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from flask import Flask, Request, Response
    from werkzeug.wrappers import Response as AnyResponse

BODY_LIMIT = 1 << 20
FAILURES_ALLOWED = 5
# a second use of the address this soon after the first one means that somebody else has it
_RACE_SECONDS = 60.0

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
}

Verdict = Literal["pass", "locked", "forbidden", "misdirected", "not-found"]


@dataclass(slots=True)
class Gate:
    """Secrets and state of one server.

    Attributes:
        origin: ``http://127.0.0.1:PORT``, exactly as bound.
        idle: Seconds without use after which the page locks.
        clock: Monotonic seconds; tests give their own.
        alarm: Called with a line for the terminal.
        stop: Called after too many wrong codes.
    """

    origin: str
    idle: float = 600.0
    clock: Callable[[], float] = time.monotonic
    alarm: Callable[[str], None] = field(default=lambda line: None, repr=False)
    stop: Callable[[], None] = field(default=lambda: None, repr=False)
    one_time: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    page_token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    code: str = field(default_factory=lambda: f"{secrets.randbelow(10**8):08d}", repr=False)
    locked: bool = False
    last_use: float = 0.0
    opened_at: float | None = None
    failures: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        self.last_use = self.clock()

    @property
    def host(self) -> str:
        """What the Host header must be."""
        return self.origin.partition("://")[2]

    @property
    def secure(self) -> bool:
        """TLS."""
        return self.origin.startswith("https://")

    @property
    def cookie(self) -> str:
        """Name of the cookie: with the port, since cookies of one host are shared by all its ports."""
        return "__Host-review" if self.secure else f"review-{self.host.rpartition(':')[2]}"

    @property
    def open_url(self) -> str:
        """The address that opens the page once."""
        return f"{self.origin}/open/{self.one_time}"

    def open(self, token: str) -> bool:
        """Use the one-time token; False if it is wrong or was used."""
        with self._lock:
            right = secrets.compare_digest(token.encode(), self.one_time.encode())
            if right and self.opened_at is None:
                self.opened_at = self.clock()
                self.used()
                return True
            if right and self.clock() - (self.opened_at or 0.0) < _RACE_SECONDS:
                # the first user may have been somebody who read the address from the list of processes
                self.lock()
                self.alarm("the page's address was used twice; the page is locked, unlock it with the code below")
                self.alarm(f"code {self.code}")
            return False

    def used(self) -> None:
        """Count this request as use."""
        self.last_use = self.clock()

    def lock(self) -> None:
        """Lock at once: the cookie of every open page is worth nothing afterwards."""
        with self._lock:
            self.locked = True
            self.session = secrets.token_urlsafe(32)

    def unlock(self, code: str) -> bool:
        """Try the terminal's code. After five wrong ones the server ends."""
        with self._lock:
            if secrets.compare_digest(code.strip().encode(), self.code.encode()):
                self.failures = 0
                self.locked = False
                self.session = secrets.token_urlsafe(32)
                self.used()
                return True
            self.failures += 1
            if self.failures >= FAILURES_ALLOWED:
                self.alarm("five wrong codes: the review ends; every decision is saved")
                self.stop()
            return False

    def check_idle(self) -> None:
        """Lock when nobody used the page for long enough."""
        if not self.locked and self.clock() - self.last_use > self.idle:
            self.lock()

    def has_cookie(self, value: str | None) -> bool:
        """Whether a request's cookie is the session's."""
        return value is not None and secrets.compare_digest(value.encode(), self.session.encode())


def judge(gate: Gate, request: Request) -> tuple[int, str]:
    """What to answer before any view runs: (200, "") to go on, else a status and a word for the page.

    Static files and the locked page hold nothing of the study and need no cookie, but the right Host.
    """
    if request.headers.get("Host") != gate.host:
        return 421, "another-host"
    gate.check_idle()
    safe = request.method in ("GET", "HEAD")
    site = request.headers.get("Sec-Fetch-Site")
    path = request.path
    if safe and (path.startswith("/static/") or path == "/favicon.ico"):
        return (200, "") if site in ("same-origin", "none") else (403, "another-site")
    if safe and path.startswith("/open/"):
        # opened by the system, or by following a link in a terminal: no page of ours is there to come from
        return 200, ""
    if not safe:
        if request.headers.get("Origin") != gate.origin or site != "same-origin":
            return 403, "another-site"
        if request.mimetype != "application/json":
            return 415, "json-only"
        if (request.content_length or 0) > BODY_LIMIT:
            return 413, "too-long"
    elif site not in ("same-origin", "none"):
        return 403, "another-site"
    if path == "/api/unlock" and not safe:
        return 200, ""
    if gate.locked:
        return 423, "locked"
    if not gate.has_cookie(request.cookies.get(gate.cookie)):
        return 403, "no-cookie"
    if not safe and not secrets.compare_digest(
        request.headers.get("X-Review-Token", "").encode(), gate.page_token.encode()
    ):
        return 403, "no-token"
    if path != "/api/changes":
        # a page that polls is not a person at work
        gate.used()
    return 200, ""


def set_cookie(gate: Gate, response: AnyResponse) -> None:
    """Give the browser the session."""
    response.set_cookie(gate.cookie, gate.session, httponly=True, samesite="Strict", path="/", secure=gate.secure)


def install(app: Flask, gate: Gate, refuse: Callable[[int, str], AnyResponse]) -> None:
    """Put the guard before, and the headers behind, everything that the app answers."""
    from flask import request

    def before() -> AnyResponse | None:
        status, word = judge(gate, request)
        return None if status == 200 else refuse(status, word)

    def after(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    app.before_request(before)
    app.after_request(after)
