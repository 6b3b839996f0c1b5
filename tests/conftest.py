"""Fixtures shared by all rooms: models loaded once, nothing on the network."""

from __future__ import annotations

import socket

import pytest


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection but to this machine: nothing of the program may need a network."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> object:
        if self.family == socket.AF_UNIX or (
            isinstance(address, tuple) and address[0] in ("127.0.0.1", "::1", "localhost")
        ):
            return connect(self, address)  # type: ignore[arg-type]
        raise AssertionError("a test tried to reach the network")

    monkeypatch.setattr(socket.socket, "connect", guarded)
