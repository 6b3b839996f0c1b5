"""Review the example study by keyboard and by mouse, count presses and clicks, and take the pictures of docs/review.md.

Usage: ``python tools/review_pictures.py [--pictures]``; needs Chromium and ``pip install --group browser``.
"""

from __future__ import annotations

import datetime
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
_COUNT = """() => {
  window.n = 0;
  addEventListener("keydown", (e) => { if (!["Shift", "Control"].includes(e.key)) window.n += 1; }, true);
  addEventListener("pointerdown", () => { window.n += 1; }, true);
}"""


def prepare(folder: Path) -> Any:
    """The example study as ``run --prepare`` leaves it."""
    from anonymizer.pipeline import prepare as run_prepare
    from anonymizer.study import create_study

    study = create_study(
        folder, protocol=ROOT / "examples" / "protocol.txt", title="Example study", ends_on=datetime.date(2030, 1, 1)
    )
    for path in (ROOT / "examples" / "received").iterdir():
        shutil.copy(path, study.received)
    run_prepare(study)
    return study


def until(page: Any, expression: str) -> None:
    """Wait for a JavaScript expression; the page's policy refuses the library's own way."""
    for _ in range(400):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(30)
    raise SystemExit(f"never came true: {expression}")


def settle(page: Any) -> None:
    """Everything is saved."""
    until(page, "!document.querySelector('.saved.busy')")


def review(page: Any, origin: str, id: str, mouse: bool) -> dict[str, int]:
    """One transcript from detected to approved as proposed; presses or clicks by what they were for."""
    page.goto(f"{origin}/t/{id}")
    page.wait_for_selector("#panel h2")
    page.evaluate(_COUNT)
    spent: dict[str, int] = {}

    def act(what: str, key: str, selector: str) -> None:
        before = page.evaluate("n")
        if mouse:
            page.click(selector)
        else:
            page.keyboard.press(key)
        settle(page)
        spent[what] = spent.get(what, 0) + page.evaluate("n") - before

    while "undecided" in page.inner_text("#left"):
        act("findings", "a", "#panel [aria-keyshortcuts=a]")
    while page.locator(".ask .no").count():
        if not mouse:
            page.locator(".ask .no").first.focus()
        act("questions", "Enter", ".ask .no")
    page.locator("#main").focus()
    while page.locator("section.turns:not(.read)").count():
        page.locator("section.turns:not(.read)").first.scroll_into_view_if_needed()
        act("sections read", "m", "section.turns:not(.read) .rd")
    act("approval", "y", "#submit")
    page.wait_for_selector("dialog[open]")
    act("approval", "Enter", "dialog button[type=submit]")
    until(page, "document.getElementById('left').textContent === 'approved'")
    return spent


def main() -> None:
    """Print the table; with ``--pictures`` write docs/images/review-*.png."""
    from playwright.sync_api import sync_playwright

    from anonymizer.review import approvals
    from anonymizer.review.session import Session
    from anonymizer.review.web.serve import Server

    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        approvals.key_folder = lambda: Path(temporary) / "config"
        made = prepare(Path(temporary) / "study")
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        for mouse in (False, True):
            folder = Path(temporary) / f"study{int(mouse)}"
            shutil.copytree(made.folder, folder)
            from anonymizer.study import open_study

            session = Session(open_study(folder), "AB")
            with Server(session) as server:
                server.start()
                page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
                page.goto(server.gate.open_url)
                if not mouse and "--pictures" in sys.argv:
                    pictures(browser, page, server, session)
                for id in session.ids:
                    desk = session.desk(id)
                    findings, undecided = len(desk.view.mentions), len(desk.view.undecided())
                    spent = review(page, server.gate.origin, id, mouse)
                    parts = ", ".join(f"{count} {what}" for what, count in spent.items())
                    kind = "clicks" if mouse else "key presses"
                    print(
                        f"{desk.name}: {desk.machine.turns} turns, {findings} findings, {undecided} undecided: "
                        f"{sum(spent.values())} {kind} ({parts})"
                    )
        browser.close()


def pictures(browser: Any, page: Any, server: Any, session: Any) -> None:
    """The pages as docs/review.md shows them."""
    IMAGES.mkdir(exist_ok=True)
    origin, id = server.gate.origin, session.ids[-1]
    shot = lambda name: page.screenshot(path=str(IMAGES / f"review-{name}.png"))  # noqa: E731
    page.goto(f"{origin}/")
    shot("overview")
    page.goto(f"{origin}/t/{id}")
    page.wait_for_selector("#panel h2")
    page.wait_for_timeout(300)
    for _ in range(3):
        page.keyboard.press("J")
        settle(page)
    shot("transcript")
    page.keyboard.press("b")
    page.wait_for_selector("body.showing-after", timeout=60000)
    page.wait_for_timeout(300)
    shot("after")
    page.keyboard.press("b")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    shot("keys")
    page.keyboard.press("Escape")
    for path, name in (("/e", "entities"), (f"/left?t={id}", "left"), ("/p", "people")):
        page.goto(origin + path)
        page.wait_for_timeout(200)
        shot(name)
    number = next(e.number for e in session.entities() if e.mentions > 2)
    page.goto(f"{origin}/e/{number}")
    shot("entity")
    page.goto(f"{origin}/")


if __name__ == "__main__":
    main()
