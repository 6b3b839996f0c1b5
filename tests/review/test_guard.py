"""Who may talk to the page: every row of the attacks on a loopback server, and what every answer carries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from anonymizer.errors import ReviewError
from anonymizer.review import events
from anonymizer.review.session import Session
from anonymizer.review.web.app import create_app
from anonymizer.review.web.guard import HEADERS, Gate
from anonymizer.review.web.serve import Address
from anonymizer.study import Study

ORIGIN = "http://127.0.0.1:8001"
NAMES = ("Tomasz", "Quarrystone", "Aarhus", "Lovisa", "Example")


@dataclass
class Client:
    """A browser with the page open."""

    gate: Gate
    raw: FlaskClient
    alarms: list[str] = field(default_factory=list)
    now: list[float] = field(default_factory=lambda: [0.0])

    def headers(self, **changes: str | None) -> dict[str, str]:
        """What the page's own requests carry; None leaves one out."""
        values: dict[str, str | None] = {
            "Host": self.gate.host,
            "Origin": ORIGIN,
            "Sec-Fetch-Site": "same-origin",
            "X-Review-Token": self.gate.page_token,
            "Cookie": f"{self.gate.cookie}={self.gate.session}",
            **changes,
        }
        return {name: value for name, value in values.items() if value is not None}

    def get(self, path: str, **changes: str | None) -> Any:
        """GET as the page does."""
        return self.raw.get(path, headers=self.headers(**changes))

    def post(self, path: str, body: Any, mimetype: str = "application/json", **changes: str | None) -> Any:
        """POST as the page does."""
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.raw.post(path, data=data, content_type=mimetype, headers=self.headers(**changes))


@pytest.fixture
def client(session: Session) -> Iterator[Client]:
    """A page, let in."""
    alarms: list[str] = []
    now = [0.0]
    gate = Gate(ORIGIN, clock=lambda: now[0], alarm=alarms.append, stop=lambda: alarms.append("stopped"))
    app = create_app(session, gate, alarms.append)
    with app.test_client(use_cookies=False) as raw:
        yield Client(gate, raw, alarms, now)


def act(session: Session) -> dict[str, Any]:
    """A request that decides something."""
    id = session.ids[0]
    mention = next(iter(session.desk(id).view.mentions))
    return {
        "transcript": id,
        "rev": 0,
        "acts": [{"op": "decide", "targets": [mention], "action": "keep", "batch": "0" * 32}],
    }


ATTACKS: dict[str, dict[str, str | None]] = {
    "another local port": {"Origin": "http://127.0.0.1:8002", "Sec-Fetch-Site": "same-site", "X-Review-Token": None},
    "another local port that knows the token": {"Origin": "http://127.0.0.1:8002", "Sec-Fetch-Site": "same-site"},
    "localhost instead of the address": {"Origin": "http://localhost:8001", "Sec-Fetch-Site": "cross-site"},
    "another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Cookie": None},
    "a sandboxed frame": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "no origin": {"Origin": None},
    "rebinding": {"Host": "evil.example:8001", "Origin": "http://evil.example:8001", "Sec-Fetch-Site": None},
    "rebinding that keeps the cookie": {"Host": "evil.example:8001", "Origin": "http://evil.example:8001"},
    "the host with another port": {"Host": "127.0.0.1:8002"},
    "localhost as host": {"Host": "localhost:8001"},
    "no fetch metadata": {"Sec-Fetch-Site": None},
    "no cookie": {"Cookie": None},
    "wrong cookie": {"Cookie": "review-8001=x"},
    "cookie of another name": {"Cookie": "session=x"},
    "no token": {"X-Review-Token": None},
    "wrong token": {"X-Review-Token": "x"},
}


@pytest.mark.parametrize("changes", ATTACKS.values(), ids=ATTACKS.keys())
def test_nothing_is_decided_and_nothing_told(client: Client, session: Session, changes: dict[str, str | None]) -> None:
    """No change of state, no byte of a transcript or of the study's name."""
    answer = client.post("/api/events", act(session), **changes)

    assert answer.status_code in (403, 421)
    assert not any(name in answer.text for name in NAMES)
    assert events.load(session.study.review, session.ids[0]) == ()


@pytest.mark.parametrize("path", ["/", "/t/{id}", "/e", "/api/changes?t={id}", "/api/t/{id}/search?q=a"])
@pytest.mark.parametrize("attack", ["rebinding", "no cookie", "another local port", "localhost as host"])
def test_nothing_is_read(client: Client, session: Session, path: str, attack: str) -> None:
    """Pages and data are refused to whoever may not decide."""
    answer = client.get(path.format(id=session.ids[0]), **ATTACKS[attack])

    assert answer.status_code in (403, 421)
    assert not any(name in answer.text for name in NAMES)


def test_the_page_itself_may(client: Client, session: Session) -> None:
    """Otherwise the tests above would prove nothing."""
    answer = client.post("/api/events", act(session))

    assert answer.status_code == 200
    assert len(events.load(session.study.review, session.ids[0])) > 0
    assert "Tomasz" in client.get(f"/t/{session.ids[0]}", Origin=None).text


@pytest.mark.parametrize(
    ("body", "mimetype", "status"),
    [
        ("{}", "text/plain", 415),
        ("a=b", "application/x-www-form-urlencoded", 415),
        ("x" * (1 << 20 | 1), "application/json", 413),
        ("[]", "application/json", 422),
        ("{", "application/json", 422),
        ("{}", "application/json", 422),
    ],
)
def test_only_json_objects_of_sensible_size(client: Client, body: str, mimetype: str, status: int) -> None:
    """What a form or an image could send never arrives."""
    assert client.post("/api/events", body, mimetype).status_code == status


def test_every_answer_has_every_header(client: Client, session: Session) -> None:
    """Pages, data, errors, static files, refusals."""
    paths = [
        "/",
        f"/t/{session.ids[0]}",
        "/e",
        "/help",
        "/static/style.css",
        "/nothing",
        "/t/none",
        "/api/nothing",
        "/open/x",
    ]
    for answer in (
        *(client.get(path) for path in paths),
        client.get("/", Cookie=None),
        client.post("/api/events", "{"),
    ):
        for name, value in HEADERS.items():
            assert (answer.headers.get(name), name) == (value, name)
        assert not [name for name in dict(answer.headers) if name.startswith("Access-Control")]


def test_the_address_opens_once(client: Client) -> None:
    """A cookie for the first, a refusal for the second, and an alarm, since the first may have been somebody else."""
    address = client.gate.open_url.removeprefix(ORIGIN)
    wrong = client.get("/open/wrong", Cookie=None)
    first = client.get(address, Cookie=None, **{"Sec-Fetch-Site": "none"})
    second = client.get(address, Cookie=None)

    assert (wrong.status_code, first.status_code, second.status_code) == (403, 303, 403)
    cookie = first.headers["Set-Cookie"]
    assert all(part in cookie for part in ("review-8001=", "HttpOnly", "SameSite=Strict", "Path=/"))
    assert client.gate.locked
    assert any("used twice" in line for line in client.alarms)


def test_it_locks_after_idle_time_and_unlocks_with_the_code(client: Client, session: Session) -> None:
    """Polling is not use; the cookie changes; nothing is lost."""
    old = client.headers()
    client.now[0] = 599.0
    assert client.get(f"/api/changes?t={session.ids[0]}&since=0").status_code == 200
    client.now[0] = 601.0
    page = client.get("/", Cookie=old["Cookie"])
    assert (page.status_code, client.post("/api/events", act(session), Cookie=old["Cookie"]).status_code) == (423, 423)
    assert not any(name in page.text for name in NAMES)

    assert client.post("/api/unlock", {"code": "nonsense"}).status_code == 403
    unlocked = client.post("/api/unlock", {"code": client.gate.code}, **{"X-Review-Token": None, "Cookie": None})

    assert unlocked.status_code == 200
    assert client.get("/", Cookie=old["Cookie"]).status_code == 403
    assert client.get("/").status_code == 200


def test_five_wrong_codes_end_it(client: Client) -> None:
    """Eight digits are not guessed."""
    client.gate.lock()
    for _ in range(5):
        client.post("/api/unlock", {"code": "1"})

    assert client.alarms[-1] == "stopped"


PATHS = """
/static/../app.py /static/..%2fapp.py /static/%2e%2e/app.py /static/..%5capp.py /static/%5c%5chost%5cshare
/static/C:%5cx /t/..%2f..%2fstudy.toml /t/%2e%2e /t/../../study.toml /e/.. /static/ /e/99 /e/-1
"""


@pytest.mark.parametrize("path", PATHS.split())
def test_no_path_leads_out(client: Client, path: str) -> None:
    """Names are looked up in tables."""
    answer = client.get(path)

    assert answer.status_code == 404
    assert b"salt" not in answer.data
    assert b"import" not in answer.data


def test_a_forced_exception_shows_no_text(client: Client, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id and the place in our code, on the page and in the terminal."""

    def broken(*_: object) -> None:
        raise RuntimeError("Tomasz from Quarrystone")

    monkeypatch.setattr(Session, "desk", broken)
    for answer in (
        client.get(f"/t/{session.study.settings.id}"),
        client.get("/api/t/x/after"),
        client.post("/api/events", {"transcript": "x"}),
    ):
        assert answer.status_code == 500
        assert "Tomasz" not in answer.text
    assert client.alarms
    assert not any("Tomasz" in line for line in client.alarms)


@pytest.mark.parametrize("address", [
    Address(host="0.0.0.0"), Address(host="0.0.0.0", remote=True), Address(host="192.0.2.1"), Address(host="localhost"),
    Address(host="::"), Address(host=""), Address(host="127.0.0.2"),
])  # fmt: skip
def test_other_addresses_are_refused_before_binding(address: Address) -> None:
    """Without TLS and --allow-remote only the literal loopback address."""
    with pytest.raises(ReviewError):
        address.check()


def test_the_socket_is_bound_to_loopback_and_a_second_server_is_refused(session: Session, study: Study) -> None:
    """Two servers on one study would each hold their own picture of it."""
    from anonymizer.errors import LockedError
    from anonymizer.review.web.serve import Server

    with Server(session) as server:
        assert server._server.bind_addr[0] == "127.0.0.1"
        with pytest.raises(LockedError):
            Server(Session(study, "B"))
    with Server(session):
        pass


def test_the_second_reviewers_answers_hold_no_trace_of_the_first(
    study: Study, talks: tuple[str, str], config: object
) -> None:
    """Byte for byte the same as in a study that the first reviewer never opened, until both have submitted."""

    def answers() -> dict[str, bytes]:
        gate = Gate(ORIGIN, clock=lambda: 0.0, one_time="o", session="s", page_token="p", code="0")
        with create_app(Session(study, "B"), gate).test_client(use_cookies=False) as raw:
            window = Client(gate, raw)
            id = talks[0]
            paths = [f"/t/{id}", "/e", "/e/1", "/left", f"/left?t={id}", "/p", f"/p/{id}", "/d", "/rules"]
            paths += [f"/api/changes?t={id}&since=0", f"/api/t/{id}/after", f"/api/t/{id}/context?m=0:19-25"]
            return {path: window.get(path).data for path in paths}

    blank = answers()
    assert b"Tomasz" in blank[f"/t/{talks[0]}"]
    assert b"Tomasz" in blank["/e/1"] + blank["/e"]
    first = Session(study, "A").desk(talks[0])
    mentions = tuple(m.id for m in first.view.ordered())
    done = [
        events.Event("decide", mentions, action="keep"),
        events.Event("name", ("E1",), text="[somebody]"),
        events.Event("add", ("7:50-59",), entity_type="LOCATION", action="remove"),
        events.Event("tag", ("t0",), question="background.1"),
        events.Event("fine", ("7:70-72",)),
        events.Event("read", ("t0-7",)),
        events.Event("submit"),
    ]
    first.post(done, 0)

    assert {path: data == blank[path] for path, data in answers().items()} == dict.fromkeys(blank, True)


def test_with_tls_the_cookie_is_bound_to_the_host(session: Session, tmp_path: Path) -> None:
    """--allow-remote: HTTPS, a __Host- cookie that is Secure, and the same guard."""
    import datetime
    import http.client
    import ssl

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    from anonymizer.review.web.serve import Server

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "review.test")])
    today = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(today).not_valid_after(today + datetime.timedelta(days=1))
    pem = serialization.Encoding.PEM
    (tmp_path / "c.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    (tmp_path / "k.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    address = Address(remote=True, name="review.test", certificate=tmp_path / "c.pem", key=tmp_path / "k.pem")
    with Server(session, address) as server:
        server.start()
        host = server.gate.host
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", int(host.rpartition(":")[2]), context=context, timeout=20)
        connection.request("GET", server.gate.open_url.partition(host)[2], headers={"Host": host})
        opened = connection.getresponse()
        opened.read()
        connection.request("GET", "/", headers={"Host": "127.0.0.1", "Sec-Fetch-Site": "none"})
        other = connection.getresponse()
        other.read()
        connection.close()

    assert server.gate.origin.startswith("https://review.test:")
    cookie = str(opened.headers["Set-Cookie"])
    assert all(part in cookie for part in ("__Host-review=", "Secure", "HttpOnly", "Path=/", "SameSite=Strict"))
    assert (opened.status, other.status) == (303, 421)


def test_a_wrong_certificate_is_refused(session: Session, tmp_path: Path) -> None:
    """And leaves nothing running."""
    from anonymizer.review.web.serve import Server

    (tmp_path / "c.pem").write_text("nothing")
    with pytest.raises(ReviewError, match="certificate"):
        Server(session, Address(certificate=tmp_path / "c.pem", key=tmp_path / "c.pem"))
    with Server(session):
        pass
