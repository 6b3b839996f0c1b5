"""The same queue without a browser: one key press a finding, the letters of the page."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import click

from anonymizer.errors import AnonymizerError
from anonymizer.review.desk import Desk
from anonymizer.review.overlay import Mention
from anonymizer.review.session import Session
from anonymizer.review.texts import shown
from anonymizer.review.web.acts import build
from anonymizer.review.wording import ACTION_WORDS, SOURCE_WORDS, TYPE_KEYS, TYPES, chip, label

HELP = (
    "a what is proposed   x keep   d remove   o only here, then a x d   u later   k back",
    "t type, then p o l c d g x u t r   r name   c note   z undo   v whole turn   ? keys   q end",
)
_WIDTH = 240


class Keys(Protocol):
    """Where key presses and lines come from."""

    def key(self) -> str:
        """The next key press."""

    def line(self, prompt: str) -> str:
        """A line of text."""


class Terminal:
    """Key presses of the real terminal."""

    def key(self) -> str:
        """Without Enter."""
        return click.getchar()

    def line(self, prompt: str) -> str:
        """With Enter."""
        return str(click.prompt(prompt, default="", show_default=False, err=True))


@dataclass(slots=True)
class Counts:
    """What was done."""

    decided: int = 0
    presses: int = 0


class Queue:
    """The undecided findings of all transcripts, one after the other.

    Args:
        session: The study.
        keys: Key presses.
        show: Prints a line.
    """

    def __init__(self, session: Session, keys: Keys, show: Callable[[str], None] = click.echo) -> None:
        self.session = session
        self.keys = keys
        self.show = show
        self.counts = Counts()
        self._later: set[tuple[str, str]] = set()
        self._past: list[tuple[str, str]] = []

    def run(self, transcripts: tuple[str, ...] = ()) -> Counts:
        """Until nothing is left, or ``q``."""
        for desk in self.session.desks():
            if transcripts and desk.transcript not in transcripts:
                continue
            if not self._transcript(desk):
                break
        return self.counts

    def _transcript(self, desk: Desk) -> bool:
        current: str | None = None
        while True:
            if current is None or current not in desk.view.mentions:
                current = self._next(desk)
            if current is None:
                return self._questions(desk)
            self._draw(desk, desk.view.mentions[current])
            answer = self._press(desk, desk.view.mentions[current])
            if answer == "quit":
                return False
            if answer == "next":
                self._past.append((desk.transcript, current))
                current = None
            elif answer == "back":
                current = self._past.pop()[1] if self._past and self._past[-1][0] == desk.transcript else current

    def _next(self, desk: Desk) -> str | None:
        return next((m.id for m in desk.view.undecided() if (desk.transcript, m.id) not in self._later), None)

    def _draw(self, desk: Desk, m: Mention) -> None:
        d = m.decision
        text = desk.content.turns[d.turn].text
        before, after = text[max(0, d.start - _WIDTH) : d.start], text[d.end : d.end + _WIDTH]
        here = len(desk.view.of_entity(d.entity))
        self.show("")
        self.show(f"{desk.name}  turn {d.turn}  {len(desk.view.undecided())} undecided")
        self.show(
            f"  {_plain(before)}{click.style(_plain(text[d.start : d.end]), reverse=True, bold=True)}{_plain(after)}"
        )
        sources = ", ".join(SOURCE_WORDS[s] for s in d.sources)
        result = ACTION_WORDS[d.action] + (
            f" {label(desk.view.entities[d.entity])}" if d.action == "pseudonymize" else ""
        )
        self.show(f"  {chip(m)} {TYPES[d.entity_type][2]}: {result}; {here} here; {d.reason}; {sources}; {d.score:.2f}")

    def _press(self, desk: Desk, m: Mention, only: bool = False) -> str:
        key = self.keys.key()
        self.counts.presses += 1
        simple = {"a": "", "\r": "", "\n": "", "x": "keep", "d": "remove"}
        if key in simple:
            scope = "only" if only else "entity"
            act = {"op": "decide", "targets": [m.id], "action": simple[key], "scope": scope}
            return "next" if self._post(desk, act) else ""
        if key == "o":
            self.show("  only here: a, x or d")
            return self._press(desk, m, only=True)
        if key == "t":
            kind = TYPE_KEYS.get(self.keys.key())
            self.counts.presses += 1
            if kind:
                self._post(desk, {"op": "retype", "targets": [m.id], "entity_type": kind})
            return ""
        if key == "u":
            self._later.add((desk.transcript, m.id))
            return "next"
        if key == "z":
            turned = desk.turn_back()
            self.show("  undone" if turned else "  nothing to undo")
            return ""
        if key in ("r", "c"):
            line = self.keys.line("  name (no real one)" if key == "r" else "  note (no names)")
            if line.strip():
                self._post(desk, {"op": "name" if key == "r" else "note", "targets": [m.id], "text": line})
            return ""
        if key == "v":
            self.show(f"  {_plain(desk.content.turns[m.decision.turn].text)}")
            return ""
        if key == "k":
            return "back"
        if key in ("q", "\x03", "\x04"):
            return "quit"
        for line in HELP:
            self.show(f"  {line}")
        return ""

    def _post(self, desk: Desk, act: Mapping[str, object]) -> bool:
        try:
            desk.post(build(self.session, desk, act, secrets.token_hex(16)), desk.rev)
        except AnonymizerError as error:
            self.show(f"  {error}")
            return False
        self.counts.decided += act["op"] == "decide"
        return True

    def _questions(self, desk: Desk) -> bool:
        for asked in desk.questions():
            self.show("")
            self.show(f"{desk.name}  who is this? {asked.reason}")
            for id in asked.entities:
                forms = dict.fromkeys(_plain(desk.form(m.id)) for m in desk.view.of_entity(id))
                self.show(f"  {label(desk.view.entities.get(id))}: {', '.join(forms)}")
            *choices, (leave, words) = asked.options
            for number, (_, text) in enumerate(choices, 1):
                self.show(f"  {number} {text}")
            self.show(f"  n {words}   u later   q end")
            answer = self.keys.key()
            self.counts.presses += 1
            if answer in ("q", "\x03", "\x04"):
                return False
            chosen = leave if answer == "n" else ""
            if answer.isdigit() and 0 < int(answer) <= len(choices):
                chosen = choices[int(answer) - 1][0]
            if chosen:
                self._post(desk, {"op": "answer", "targets": [asked.key], "text": chosen})
        return True


def _plain(text: str) -> str:
    """Text that cannot speak to the terminal: escape sequences in a transcript would otherwise run."""
    return "".join(c if c.isprintable() else " " for c in shown(text))
