"""The server: cheroot on the literal 127.0.0.1, or with TLS elsewhere when that was asked for in so many words."""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anonymizer import files
from anonymizer.errors import AnonymizerError, ReviewError
from anonymizer.review.session import Session
from anonymizer.review.web.app import create_app
from anonymizer.review.web.guard import BODY_LIMIT, Gate

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen.

    Attributes:
        host: An IP address, literally; a name could resolve to any interface.
        port: 0 for a free one.
        name: What browsers call the host; the address unless given.
        remote: Allow another address than 127.0.0.1.
        certificate: PEM file; needed with ``remote``.
        key: PEM file of its key.
    """

    host: str = LOOPBACK
    port: int = 0
    name: str = ""
    remote: bool = False
    certificate: Path | None = None
    key: Path | None = None

    def check(self) -> None:
        """Refuse before anything is bound.

        Raises:
            ReviewError: Not an IP address; not loopback without ``remote`` and a certificate; ``0.0.0.0`` without name.
        """
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError:
            raise ReviewError("--host takes an IP address", hint="127.0.0.1") from None
        if self.host == LOOPBACK:
            return
        if not self.remote or self.certificate is None or self.key is None:
            raise ReviewError(
                "the review shows original transcripts and is only served to this computer",
                hint="another address needs --allow-remote, --certificate FILE and --key FILE",
            )
        if address.is_unspecified and not self.name:
            raise ReviewError("with this address, the name that browsers use is needed", hint="--name HOST")


class Server:
    """A running review; ``with Server(...) as server`` stops it and releases the study's review lock.

    Args:
        session: What is reviewed.
        address: Where to listen.
        idle: Seconds until it locks.
        alarm: Gets lines for the terminal.
        clock: Seconds; tests give their own.
    """

    def __init__(
        self,
        session: Session,
        address: Address = Address(),
        *,
        idle: float = 600.0,
        alarm: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        from cheroot.wsgi import Server as WSGIServer

        address.check()
        self.session = session
        self._stack = contextlib.ExitStack()
        # two servers on one study would each hold their own picture of it
        files.make_private(session.study.review)
        self._stack.enter_context(files.lock(session.study.review / ".lock", "review of this study"))
        try:
            self._server = self._bound(WSGIServer, address)
            port = self._server.bind_addr[1]
            scheme = "https" if address.certificate else "http"
            self.gate = Gate(
                f"{scheme}://{address.name or address.host}:{port}",
                idle=idle,
                alarm=alarm,
                stop=lambda: threading.Thread(target=self.stop, daemon=True).start(),
                clock=clock or time.monotonic,
            )
            self._server.wsgi_app = create_app(session, self.gate, alarm)
        except BaseException:
            self._stack.close()
            raise
        self._done = threading.Event()

    def _bound(self, kind: Any, address: Address) -> Any:
        server = kind((address.host, address.port), _not_ready, numthreads=6, server_name="review")
        server.max_request_header_size = 32 * 1024
        server.max_request_body_size = BODY_LIMIT
        # cheroot's own log: a traceback could quote a transcript
        server.error_log = _silent
        if address.certificate is not None and address.key is not None:
            server.ssl_adapter = _tls(address.certificate, address.key)
        # its worker threads would keep the process alive after a failure
        self._stack.callback(server.stop)
        try:
            server.prepare()
        except OSError:
            raise ReviewError("the port cannot be used", hint="another --port, or none for a free one") from None
        return server

    def serve(self) -> None:
        """Answer until stopped."""
        self._server.serve()

    def start(self) -> None:
        """Answer in a thread of its own, and load in another what the first before/after would wait for."""

        def warm() -> None:
            from anonymizer.review.after import warm_up

            # what fails here fails again, with a message, when it is asked for
            with contextlib.suppress(AnonymizerError):
                warm_up(self.session.study)

        threading.Thread(target=warm, daemon=True).start()
        threading.Thread(target=self.serve, daemon=True).start()

    def stop(self) -> None:
        """Stop answering and release the lock; every decision is on the disk already."""
        self._stack.close()
        self._done.set()

    def wait(self) -> None:
        """Until it was stopped."""
        self._done.wait()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _not_ready(environ: Any, start_response: Any) -> list[bytes]:
    start_response("503 Not Ready", [])
    return []


def _silent(msg: str = "", level: int = 20, traceback: bool = False) -> None:
    """Say nothing."""


def _tls(certificate: Path, key: Path) -> Any:
    from cheroot.ssl.builtin import BuiltinSSLAdapter

    try:
        adapter = BuiltinSSLAdapter(str(certificate), str(key))
    except (OSError, ssl.SSLError):
        raise ReviewError("the certificate or its key cannot be used") from None
    adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
    return adapter
