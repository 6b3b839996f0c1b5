"""The page in a real Chromium: keys, mouse, tabs, attacks, locking, accessibility."""

from __future__ import annotations

import errno
import http.server
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from anonymizer.review import approvals, events
from anonymizer.review import marks as marks_store
from anonymizer.review.marks import Marks
from anonymizer.review.session import Session
from anonymizer.review.web.serve import Server
from anonymizer.study import Study

pytestmark = pytest.mark.browser

CHROMIUM = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).exists()), None)
Open = Callable[..., "Opened"]


def _missing(reason: str) -> None:
    if os.environ.get("ANONYMIZER_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all tests here; skipped, saying so, where there is none."""
    if CHROMIUM is None:
        _missing("Chromium is not installed")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed: pip install --group browser")
    # as root the browser has no sandbox of its own; the second name is for the test of rebinding
    arguments = ["--host-resolver-rules=MAP evil.example 127.0.0.1", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


def until(page: Any, expression: str, arg: Any = None, timeout: float = 8000) -> None:
    """Wait for a JavaScript expression. The library's own way evaluates strings, which the page's policy refuses."""
    from playwright.sync_api import Error

    def holds() -> bool:
        try:
            return bool(page.evaluate(expression, arg))
        except Error as error:
            # the page is on its way to the next one
            if "context was destroyed" in str(error):
                return False
            raise

    deadline = time.monotonic() + timeout / 1000
    while not holds():
        assert time.monotonic() < deadline, f"never came true: {expression}"
        page.wait_for_timeout(30)


@dataclass
class Opened:
    """A page of a running review, and everything it complained of."""

    server: Server
    context: Any
    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self, page: Any) -> Any:
        """Collect console errors, policy violations, exceptions and requests."""
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.on("request", lambda r: self.requests.append(r.url))
        return page

    def go(self, path: str) -> None:
        """Load a page of the review."""
        self.page.goto(self.server.gate.origin + path)

    def transcript(self, id: str) -> None:
        """Load a transcript and wait until its keys work."""
        self.go(f"/t/{id}")
        self.page.wait_for_selector("#panel h2")

    def press(self, *keys: str) -> None:
        """Keys, each after the page has saved the one before."""
        for key in keys:
            self.page.keyboard.press(key)
            self.settled()

    def settled(self) -> None:
        """Nothing is on its way to the server."""
        until(self.page, "!document.querySelector('.saved.busy')")

    def left(self) -> str:
        """What the header says is left."""
        return str(self.page.inner_text("#left"))

    def focus(self) -> str:
        """Id of the focused element."""
        return str(self.page.evaluate("document.activeElement.id"))


@pytest.fixture
def opened(chromium: Any) -> Iterator[Open]:
    """``opened(session, **server options)``: a server and a browser window with the page, let in by its address."""
    closing: list[Callable[[], None]] = []
    every: list[Opened] = []

    def start(session: Session, scheme: str = "light", width: int = 1440, **options: Any) -> Opened:
        server = Server(session, **options)
        closing.append(server.stop)
        server.start()
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        closing.append(context.close)
        result = Opened(server, context, context.new_page())
        every.append(result)
        result.watch(result.page)
        result.page.goto(server.gate.open_url)
        return result

    yield start
    for close in reversed(closing):
        close()
    for one in every:
        assert one.complaints == []
        assert [url for url in one.requests if not url.startswith(one.server.gate.origin)] == []


# -- the work --------------------------------------------------------------------------------------------------------


def test_the_study_by_keyboard_alone(opened: Open, session: Session, study: Study) -> None:
    """From detected to approved without touching the mouse."""
    window = opened(session)
    page = window.page
    for id in session.ids:
        window.transcript(id)
        for _ in range(40):
            if "undecided" not in window.left():
                break
            window.press("a")
        assert "question" in window.left()
        page.locator(".ask .no").focus()
        window.press("Enter")
        assert "turns to read" in window.left()
        page.locator("#main").focus()
        window.press("m")
        assert window.left() == "ready to approve"
        window.press("y")
        page.wait_for_selector("dialog[open]")
        page.keyboard.press("Enter")
        until(page, "document.getElementById('live').textContent.startsWith('Approved')")

    assert all([s.valid for s in approvals.approvals(study, id)] == [True] for id in session.ids)
    window.go("/")
    assert page.locator(".st4").count() == 2


def test_the_study_by_mouse_alone(opened: Open, session: Session, study: Study) -> None:
    """Every key has a button."""
    window = opened(session)
    page = window.page
    page.click("#continue")
    page.wait_for_selector("#panel h2")
    id = page.url.rsplit("/", 1)[1]
    for _ in range(40):
        if "undecided" not in window.left():
            break
        page.click("#panel [aria-keyshortcuts=a]")
        window.settled()
    page.click(".ask .yes")
    window.settled()
    page.click(".rd")
    window.settled()
    page.click("#submit")
    page.click("dialog button[type=submit]")
    until(page, "document.getElementById('live').textContent.startsWith('Approved')")

    assert [s.valid for s in approvals.approvals(study, id)] == [True]


def test_each_key_does_what_the_table_says(opened: Open, session: Session) -> None:
    """Decide, exception, type, extent, name, merge, split, note, question, search, caret; focus is never lost."""
    window = opened(session)
    page, desk = window.page, session.desk(session.ids[0])
    window.transcript(desk.transcript)
    view = lambda: session.desk(desk.transcript).view  # noqa: E731
    start = window.focus()[1:]
    window.press("a")
    assert not view().mentions[start].undecided
    assert window.focus().startswith("m")
    window.press("k", "j")
    here = window.focus()[1:]
    window.press("o", "x")
    assert (view().mentions[here].how, view().mentions[here].decision.action) == ("own", "keep")
    here = window.focus()[1:]
    window.press("t", "l")
    assert view().mentions[here].decision.entity_type == "LOCATION"
    page.keyboard.press("w")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    window.settled()
    until(page, "id => document.activeElement.id !== id", arg=f"m{here}")
    longer = window.focus()[1:]
    assert longer.split("-")[1] == here.split("-")[1]
    assert longer != here
    page.keyboard.press("r")
    page.keyboard.type("the town")
    page.keyboard.press("Enter")
    until(page, "document.getElementById('live').textContent.includes('the town')")
    assert "[the town]" in view().names.values()
    page.keyboard.press("g")
    page.keyboard.type("person")
    page.keyboard.press("Enter")
    until(page, "document.getElementById('live').textContent.startsWith('Merged')")
    window.press("s")
    assert view().mentions[longer].decision.entity.startswith("R")
    page.keyboard.press("c")
    page.keyboard.type("to be discussed")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel .note")
    page.keyboard.press("q")
    page.keyboard.type("years")
    page.keyboard.press("Enter")
    until(page, "document.getElementById('live').textContent.startsWith('Question')")
    assert view().tags[int(longer.split(":")[0])].question == "background.2"
    page.keyboard.press("/")
    page.keyboard.type("machines")
    page.keyboard.press("Enter")
    until(page, "document.getElementById('hits').textContent === '1 of 1 turns'")
    assert page.evaluate("CSS.highlights.get('hit').size") == 1
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open] table.keys")
    page.keyboard.press("Escape")
    until(page, "id => document.activeElement.id === id", f"m{longer}")


def test_caret_and_selection_add_what_was_missed(opened: Open, session: Session) -> None:
    """By keyboard and by mouse, to the code point, blanks and commas trimmed."""
    window = opened(session)
    page, desk = window.page, session.desk(session.ids[0])
    window.transcript(desk.transcript)
    page.evaluate("document.querySelector('#t7 .tx').scrollIntoView()")
    select_words(page, 7, "Kilvanger", "Kilvanger ")
    page.wait_for_selector("#adder:not([hidden])")
    page.click("#adder [data-type=LOCATION]")
    until(page, "document.activeElement.textContent === 'Kilvanger'")
    place = session.desk(desk.transcript).view.mentions[window.focus()[1:]]
    assert (place.decision.entity_type, place.decision.action) == ("LOCATION", "pseudonymize")

    page.keyboard.press("v")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("x")
    until(page, "document.activeElement.textContent === 'tools are'")


def test_a_selection_over_two_turns_is_refused_with_a_sentence(opened: Open, session: Session) -> None:
    """And adds nothing."""
    window = opened(session)
    page = window.page
    window.transcript(session.ids[0])
    page.evaluate("""() => {
      const [a, b] = [1, 2].map((i) => document.querySelector(`#t${i} .tx`).lastChild);
      const range = document.createRange();
      range.setStart(a, 1); range.setEnd(b, 5);
      getSelection().removeAllRanges(); getSelection().addRange(range);
      document.querySelector("#t2 .tx").dispatchEvent(new MouseEvent("mouseup", { bubbles: true }));
    }""")
    until(page, "document.getElementById('live').textContent.startsWith('A finding lies in one turn')")

    assert page.is_hidden("#adder")


def select_words(page: Any, turn: int, words: str, selected: str = "") -> None:
    """Select some words of a turn as a mouse would, and let go."""
    page.evaluate(
        """([turn, words]) => {
          const p = document.querySelector(`#t${turn} .tx`);
          const walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.data.indexOf(words);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at); range.setEnd(node, at + words.length);
            getSelection().removeAllRanges(); getSelection().addRange(range);
          }
          p.dispatchEvent(new MouseEvent("mouseup", { bubbles: true }));
        }""",
        [turn, selected or words],
    )


def test_undo_redo_and_reload_in_the_middle(opened: Open, session: Session) -> None:
    """A reload lands on the same mark; undo still works and says what it undid."""
    window = opened(session)
    page = window.page
    window.transcript(session.ids[0])
    before = window.left()
    window.press("a", "x")
    here, after = window.focus(), window.left()
    page.reload()
    page.wait_for_selector("#panel h2")
    assert (window.focus(), window.left()) == (here, after)
    window.press("z", "z")
    assert window.left() == before
    assert page.inner_text("#live").startswith("Undone")
    window.press("Control+Shift+Z", "Control+y")
    assert window.left() == after


def test_two_tabs_lose_nothing(opened: Open, session: Session) -> None:
    """What one tab decides the other shows; an older tab that decides the same is told, and nothing is overwritten."""
    window = opened(session)
    other = window.watch(window.context.new_page())
    window.transcript(session.ids[0])
    other.goto(window.page.url)
    other.wait_for_selector("#panel h2")
    other.evaluate("BroadcastChannel.prototype.postMessage = () => {}")
    here = window.focus()
    window.press("x")
    until(other, "id => document.getElementById(id).classList.contains('kept')", arg=here)

    act = {"op": "decide", "targets": [here[1:]], "action": "remove", "batch": "f" * 32}
    stale = """(body) => fetch('/api/events', {method: 'POST', body: JSON.stringify(body), headers: {
      'Content-Type': 'application/json', 'X-Review-Token': document.querySelector('meta[name=review-token]').content
    }}).then((r) => r.status)"""
    assert other.evaluate(stale, {"transcript": session.ids[0], "rev": 0, "acts": [act]}) == 409
    assert session.desk(session.ids[0]).view.mentions[here[1:]].decision.action == "keep"
    window.complaints[:] = [c for c in window.complaints if "409" not in c]


@pytest.mark.parametrize("lost", ["request", "answer", "rest of the answer"])
def test_a_lost_connection_is_shown_and_nothing_is_lost(opened: Open, session: Session, lost: str) -> None:
    """Not saved is said; the act goes out again and counts once, wherever the way was cut."""
    window = opened(session)
    page = window.page
    window.transcript(session.ids[0])
    web = window.server._server
    app = web.wsgi_app
    cut = threading.Event()

    def unreliable(environ: Any, start_response: Any) -> Iterator[bytes]:
        if environ["PATH_INFO"] != "/api/events" or not cut.is_set():
            yield from app(environ, start_response)
            return
        if lost == "answer":
            b"".join(app(environ, lambda *head: None))
        elif lost == "rest of the answer":
            yield b"".join(app(environ, start_response))[:20]
        # the server closes the connection without a word; the browser's own interception would race with the key
        raise BrokenPipeError(errno.EPIPE, "cut")

    web.wsgi_app = unreliable
    cut.set()
    page.keyboard.press("a")
    page.wait_for_selector(".saved.bad")
    assert bool(events.load(session.study.review, session.ids[0])) is (lost != "request")
    cut.clear()
    until(page, "document.querySelector('.saved').textContent.startsWith('saved')", timeout=20000)

    decided = [e for e in events.load(session.study.review, session.ids[0]) if e.op == "decide"]
    assert len({e.batch for e in decided}) == 1
    assert len({e.targets for e in decided}) == len(decided)
    window.complaints[:] = [c for c in window.complaints if "net::ERR_" not in c]


def test_before_and_after(opened: Open, session: Session) -> None:
    """The text as it will stand, by the same code that makes the outputs; and back, unchanged."""
    window = opened(session)
    page, desk = window.page, session.desk(session.ids[0])
    window.transcript(desk.transcript)
    page.keyboard.press("b")
    page.wait_for_selector("body.showing-after", timeout=20000)
    text = page.inner_text("#t0 .tx")
    assert "Tomasz" not in text
    assert "[Person E1]" in text
    page.keyboard.press("b")
    page.wait_for_selector("body:not(.showing-after)")
    assert page.evaluate("document.querySelector('#t0 .tx').textContent") == desk.content.turns[0].text


def test_two_reviewers_settle_where_they_differ(
    opened: Open, study: Study, talks: tuple[str, str], config: Path
) -> None:
    """The second sees nothing of the first before both submitted; then both versions, to be settled."""
    id = talks[0]
    for name, key in (("A", "x"), ("B", "d")):
        window = opened(Session(study, name))
        window.go("/d")
        assert "Tomasz" not in window.page.inner_text("main")
        window.transcript(id)
        if name == "B":
            assert window.page.locator("mark.kept:not(.machine), mark.done:not(.machine)").count() == 0
        window.press(key)
        session = window.server.session
        desk = session.desk(id)
        desk.post([events.Event("submit")], desk.rev)
        if name == "A":
            window.server.stop()
    window.go("/d")
    assert window.page.locator(".dispute").count() == 1
    assert "kappa" in window.page.inner_text("main")
    window.page.locator(".dispute:not(.settled) button[data-who=A]").click()
    window.page.wait_for_selector(".dispute.settled")
    assert window.page.locator("button[data-who]").count() == 0


def test_two_approvals_through_the_page(opened: Open, study: Study, talks: tuple[str, str], config: Path) -> None:
    """With review = "two": submit, submit, settle, approve, approve; each step says what comes next."""
    from anonymizer.study import open_study

    toml = study.folder / "study.toml"
    toml.write_text(toml.read_text().replace('review = "required"', 'review = "two"'))
    study, id = open_study(study.folder), talks[0]

    def person(name: str) -> Opened:
        window = opened(Session(study, name))
        window.transcript(id)
        return window

    def finish(window: Opened, action: str) -> None:
        desk = window.server.session.desk(id)
        mentions = tuple(m.id for m in desk.view.undecided())
        done = [
            events.Event("decide", mentions, action=action),
            events.Event("answer", (desk.questions()[0].key,), text="other"),
            events.Event("read", ("t0-7",)),
        ]
        desk.post(done, desk.rev)
        window.page.reload()
        window.page.wait_for_selector("#panel h2")

    def confirm(window: Opened, title: str) -> None:
        window.page.keyboard.press("y")
        window.page.wait_for_selector("dialog[open]")
        assert window.page.inner_text("dialog h2") == title
        window.page.keyboard.press("Enter")

    first = person("A")
    finish(first, "remove")
    confirm(first, "Submit?")
    until(first.page, "document.getElementById('live').textContent.startsWith('Submitted')")
    first.page.keyboard.press("y")
    until(first.page, "document.getElementById('live').textContent.startsWith('You have submitted')")
    first.server.stop()

    second = person("B")
    finish(second, "keep")
    confirm(second, "Submit?")
    second.page.wait_for_url("**/d")
    while second.page.locator("button[data-who=A]").count():
        before = second.page.locator("button[data-who=A]").count()
        second.page.locator("button[data-who=A]").first.click()
        until(second.page, "n => document.querySelectorAll('button[data-who=A]').length < n", before)
    for window in (second, None):
        now = window or person("A")
        now.transcript(id)
        confirm(now, "Approve?")
        until(now.page, "document.getElementById('live').textContent.startsWith('Approved')")
        now.server.stop()

    effective = events.apply(marks_store.load(study.review, id), events.load(study.review, id))
    assert approvals.is_approved(study, effective, need=2)


def test_what_is_left_and_learned_by_keyboard(opened: Open, session: Session, study: Study) -> None:
    """Rare words and roles: added or called fine, here and in the study."""
    window = opened(session)
    page = window.page
    window.go("/left")
    page.wait_for_selector(".item.now")
    before = page.locator(".item:not(.done)").count()
    page.keyboard.press("a")
    page.keyboard.press("l")
    until(page, "n => document.querySelectorAll('.item:not(.done)').length === n - 1", arg=before)
    page.wait_for_selector(".item.now:not(.done)")
    page.keyboard.press("X")
    until(page, "n => document.querySelectorAll('.item:not(.done)').length === n - 2", arg=before)
    window.settled()

    done = {e.op for id in session.ids for e in events.load(study.review, id)}
    assert {"add", "fine"} <= done


# -- hostile text ----------------------------------------------------------------------------------------------------

EVIL = (
    ('<script>alert(1)</script>', 'He said <img src=x onerror=alert(1)> and </script><script>alert(2)</script> twice.'),
    ('"><svg onload=alert(3)>', "\u202eabc\u202c and 👩‍👩‍👧 e\u0301clair, שלום Tomasz 🎉 end."),
    ("Tomasz", 'Quote " and \' and & and {{ 7*7 }} and `${7*7}`.'),
)  # fmt: skip


def test_script_in_a_transcript_is_text(opened: Open, study: Study, receive: Any, config: Path) -> None:
    """In turns, speakers, file names and questions; the page's text is exactly the transcript's."""
    from anonymizer.review.marks import text_digest
    from anonymizer.transcript import Transcript, Turn

    id = receive(study, "<b>file & name", [{"speaker": s, "text": t} for s, t in EVIL])
    turns = tuple(Turn(i, s, t) for i, (s, t) in enumerate(EVIL))
    marks_store.save(study.review, Marks(id, "", text_digest(Transcript("x", turns), study.salt()), len(EVIL)))
    session = Session(study, "A")
    window = opened(session)
    page = window.page
    dialogs: list[str] = []
    page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    window.transcript(id)
    for index, (speaker, text) in enumerate(EVIL):
        assert page.evaluate("i => document.querySelector(`#t${i} .tx`).textContent", index) == text
        assert page.evaluate("i => document.querySelector(`#t${i} .sp`).textContent", index) == speaker
    select_words(page, 1, "Tomasz", " Tomasz ")
    page.wait_for_selector("#adder:not([hidden])")
    page.keyboard.press("p")
    until(page, "document.activeElement.textContent === 'Tomasz'")
    start = EVIL[1][1].index("Tomasz")
    assert f"1:{start}-{start + 6}" in session.desk(id).view.mentions
    for path in ("/", "/e", "/left", "/p", "/rules", "/d"):
        window.go(path)
    assert dialogs == []
    assert page.locator("svg[onload], img[src=x]").count() == 0


# -- attacks ---------------------------------------------------------------------------------------------------------


@contextmanager
def attacker(html: str) -> Iterator[int]:
    """Another program's page on this computer; its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "evil.example"])
def test_pages_of_other_programs_and_sites_get_nothing(opened: Open, session: Session, host: str) -> None:
    """With the researcher's cookie in the browser: simple requests, forms, frames, images, scripts."""
    window = opened(session)
    id = session.ids[0]
    mention = next(iter(session.desk(id).view.mentions))
    target = window.server.gate.origin
    act = {"op": "decide", "targets": [mention], "action": "keep", "batch": "a" * 32}
    body = json.dumps({"transcript": id, "rev": 0, "acts": [act]})
    html = f"""<iframe src="{target}/t/{id}"></iframe><img src="{target}/t/{id}">
      <script src="{target}/api/changes?t={id}&since=0"></script>
      <form method=post enctype="text/plain" action="{target}/api/events"><input name='{body}' value=""></form>
      <script>
      window.done = Promise.allSettled([
        fetch("{target}/api/events", {{method: "POST", mode: "no-cors", credentials: "include", body: `{body}`}}),
        fetch("{target}/api/events", {{method: "POST", credentials: "include", body: `{body}`,
          headers: {{"Content-Type": "application/json"}}}}).then((r) => r.text()),
        fetch("{target}/t/{id}", {{credentials: "include"}}).then((r) => r.text()),
      ]).then((all) => JSON.stringify(all.map((r) => [r.status, typeof r.value === "string" ? r.value : ""])));
      </script>"""
    with attacker(html) as port:
        page = window.context.new_page()
        page.goto(f"http://{host}:{port}/")
        answers = page.evaluate("window.done")
        assert "Tomasz" not in answers
        with page.expect_navigation():
            page.evaluate("document.forms[0].submit()")
        assert "Tomasz" not in page.content()
        page.close()

    assert events.load(session.study.review, id) == ()


def test_a_rebound_name_is_not_served(opened: Open, session: Session) -> None:
    """The name resolves to this computer; Host and Origin agree with each other, and not with the bound address."""
    window = opened(session)
    port = window.server.gate.origin.rsplit(":", 1)[1]
    page = window.context.new_page()
    answer = page.goto(f"http://evil.example:{port}/t/{session.ids[0]}")

    assert answer.status == 421
    assert "Tomasz" not in page.content()
    page.close()


# -- locking ---------------------------------------------------------------------------------------------------------


def test_it_locks_and_unlocks_to_the_same_mark(opened: Open, session: Session) -> None:
    """The document is replaced, Back shows nothing, nothing is lost."""
    now = [0.0]
    window = opened(session, clock=lambda: now[0])
    page = window.page
    window.transcript(session.ids[0])
    window.press("a")
    here, left = window.focus(), window.left()
    now[0] = 601.0
    page.keyboard.press("x")
    page.wait_for_selector("#unlock")
    assert "Tomasz" not in page.content()
    page.go_back()
    page.wait_for_selector("#unlock")
    assert "Tomasz" not in page.content()
    page.go_forward()
    page.wait_for_selector("#unlock")
    page.fill("#code", "wrong")
    page.click("#unlock button")
    until(page, "document.getElementById('answer').textContent !== ''")
    page.fill("#code", window.server.gate.code)
    page.click("#unlock button")
    page.wait_for_selector("#panel h2")
    assert (window.focus(), window.left()) == (here, left)
    window.complaints[:] = [c for c in window.complaints if "423" not in c and "403" not in c]


# -- everybody -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_finding(opened: Open, session: Session, scheme: str) -> None:
    """axe-core on every page, with the overlay and a dialog open."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        _missing("axe-playwright-python is not installed: pip install --group browser")
    window = opened(session, scheme)
    page = window.page
    number = session.entities()[0].number
    found = []

    def check(name: str) -> None:
        result = Axe().run(page, options={"resultTypes": ["violations"]})
        for violation in result.response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                found.append((name, violation["id"], violation["nodes"][0]["html"][:160]))

    for path in (
        "/",
        f"/t/{session.ids[0]}",
        "/e",
        f"/e/{number}",
        "/left",
        "/p",
        f"/p/{session.ids[0]}",
        "/d",
        "/rules",
        "/help",
    ):
        window.go(path)
        page.wait_for_load_state("networkidle")
        check(path)
    window.transcript(session.ids[0])
    for key in ("?", "g"):
        page.keyboard.press(key)
        page.wait_for_selector("dialog[open]")
        check(f"dialog {key}")
        page.keyboard.press("Escape")
    page.keyboard.press("t")
    check("types")
    window.complaints[:] = [c for c in window.complaints if "TrustedScript" not in c]

    assert found == []


@pytest.mark.parametrize("path", ["/", "/t", "/e", "/left", "/help"])
def test_nothing_scrolls_sideways_at_400_percent(opened: Open, session: Session, path: str) -> None:
    """1280 pixels at 400 % are 320; wide tables scroll by themselves."""
    window = opened(session, width=320)
    window.go(path if path != "/t" else f"/t/{session.ids[0]}")

    assert window.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_keys_can_be_switched_off_and_stay_out_of_fields(opened: Open, session: Session) -> None:
    """WCAG 2.1.4, and letters typed into a field are letters."""
    window = opened(session)
    page = window.page
    window.transcript(session.ids[0])
    left = window.left()
    page.click("#q")
    page.keyboard.type("xad")
    assert window.left() == left
    page.evaluate("localStorage.setItem('review-keys', 'off')")
    page.locator("#main").focus()
    window.press("x", "a")
    assert window.left() == left
    page.click("#panel [aria-keyshortcuts=a]")
    window.settled()
    assert window.left() != left


# -- ten thousand turns ------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_ten_thousand_turns_answer_in_100_ms(
    opened: Open, study: Study, receive: Any, make_decision: Any, config: Path
) -> None:
    """Next, decide and undo: 95th percentile of 50 presses each, from the key to the next frame."""
    from anonymizer.review.marks import MarkedEntity, text_digest
    from anonymizer.transcript import Transcript, Turn

    words = "we talked about the way the team keeps its models and what Zorbel thinks of that and then some more"
    texts = [f"{i} {words}" if i % 5 else f"{i} {words}, said Zorbel in Kilvanger" for i in range(10_000)]
    id = receive(study, "long", [{"speaker": "AB"[i % 2], "text": t} for i, t in enumerate(texts)])
    turns = tuple(Turn(i, "AB"[i % 2], t) for i, t in enumerate(texts))
    decisions = []
    for i, text in enumerate(texts):
        at = text.index("Zorbel")
        decisions.append(make_decision(f"{i}:{at}-{at + 6}", f"E{i % 2000}", review=i % 4 == 0))
    marks = Marks(
        id, "", text_digest(Transcript("x", turns), study.salt()), len(texts), decisions=tuple(decisions),
        entities=tuple(MarkedEntity(f"E{i}", "PERSON") for i in range(2000)),
    )  # fmt: skip
    marks_store.save(study.review, marks)
    window = opened(Session(study, "A"))
    page = window.page
    window.transcript(id)
    page.evaluate("""() => { window.times = []; addEventListener("keydown", () => {
      const start = performance.now();
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => times.push(performance.now() - start);
        channel.port2.postMessage(0);
      });
    }, true); }""")
    worst = {}
    for key in ("j", "a", "z", "J"):
        page.evaluate("window.times = []")
        for _ in range(50):
            page.keyboard.press(key)
            page.wait_for_timeout(20)
        window.settled()
        until(page, "window.times.length >= 50")
        worst[key] = sorted(page.evaluate("window.times"))[47]

    assert {key: t for key, t in worst.items() if t >= 100} == {}
    assert replace(marks, code="x").turns == 10_000
