"""The log: a chain of signed lines that shows every change."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from anonymizer.audit.log import Head, canonical, make_line, verify_lines, verify_log
from anonymizer.errors import DamagedError


def public(key):
    """Public key in hex."""
    return key.public_key().public_bytes_raw().hex()


@pytest.fixture
def key():
    """The first holder's signing key."""
    return Ed25519PrivateKey.from_private_bytes(b"\1" * 32)


@pytest.fixture
def log(key):
    """Five lines and the head after each."""
    head, lines, heads = Head(), [], []
    for number, (act, data) in enumerate(
        [("init", {"study": "0123456789abcdef", "holder": "h-1", "public": public(key)}), *[("run", {"n": 1})] * 4], 1
    ):
        line, head = make_line(head, time="2031-01-01T00:00:00Z", act=act, who="h-1", gen=number, data=data, key=key)
        lines.append(line)
        heads.append(head)
    return lines, heads


def problems(lines, **known):
    """What verification says about these lines."""
    return [text for _, text in verify_lines(b"".join(lines), **known).problems]


def test_whole_log_is_right(log):
    """An untouched log has no problems and says what is in it."""
    lines, heads = log
    report = verify_lines(b"".join(lines), heads[-1], heads[-1])

    assert report.ok
    assert (5, heads[-1], "0123456789abcdef", 0) == (report.lines, report.head, report.study, report.ahead)
    assert {"init": 1, "run": 4} == report.counts


def test_each_tampering_has_its_own_reason(log, key):
    """Flip, drop last, drop middle, reorder, re-sign with another key, repeat a number: all told apart."""
    lines, heads = log
    other = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
    flipped = [lines[0], lines[1].replace(b'"n":1', b'"n":2'), *lines[2:]]
    forged, _ = make_line(heads[3], time="x", act="run", who="h-1", gen=5, data={}, key=other)
    stranger, _ = make_line(heads[3], time="x", act="run", who="h-9", gen=5, data={}, key=other)
    another, _ = make_line(heads[3], time="y", act="run", who="h-1", gen=5, data={}, key=key)
    reasons = {
        "flip": problems(flipped)[0],
        "last": problems(lines[:4], head=heads[4])[0],
        "middle": problems([*lines[:2], *lines[3:]])[0],
        "order": problems([lines[0], lines[2], lines[1], *lines[3:]])[1],
        "stranger": problems([*lines[:4], stranger])[0],
        "repeated": problems([*lines, lines[4]])[0],
        "rolled back": problems(lines[:3], pin=heads[4])[0],
        "other log": problems([*lines[:4], another], head=heads[4])[0],
        "first": problems(lines[1:])[0],
        "nothing": problems([])[0],
    }

    assert len(reasons) == len(set(reasons.values())), reasons
    # a line signed anew with another key cannot be told from a changed one
    assert ["has a signature that does not fit"] == problems([*lines[:4], forged])


def test_removed_holder_cannot_sign_any_more(log, key):
    """A holder added by a holder may sign; once removed, no longer."""
    lines, heads = log
    new = Ed25519PrivateKey.from_private_bytes(b"\3" * 32)
    steps = [
        ("holder-add", "h-1", {"holder": "h-2", "public": public(new)}, key),
        ("run", "h-2", {}, new),
        ("holder-remove", "h-1", {"holder": "h-2"}, key),
        ("run", "h-2", {}, new),
    ]
    head, more = heads[-1], []
    for act, who, data, signer in steps:
        line, head = make_line(head, time="t", act=act, who=who, gen=9, data=data, key=signer)
        more.append(line)

    assert [] == problems([*lines, *more[:3]])
    assert ["is signed by a holder who had been removed"] == problems([*lines, *more])


def test_nothing_may_follow_destruction(log, key):
    """A line after destroy is a forgery by whoever kept a key."""
    lines, heads = log
    end, head = make_line(heads[-1], time="t", act="destroy", who="h-1", gen=5, data={}, key=key)
    late, _ = make_line(head, time="t", act="run", who="h-1", gen=6, data={}, key=key)

    assert [] == problems([*lines, end])
    assert ["was written after the key was destroyed"] == problems([*lines, end, late])


@pytest.mark.parametrize("tail", [b'{"act":"run"', b"\0" * 40, b"\0" * 40 + b"\n", b"{"])
def test_torn_last_line_is_no_error(log, tail):
    """What a crash leaves at the end is remarked, not refused."""
    report = verify_lines(b"".join(log[0]) + tail)

    assert (True, True, 5) == (report.ok, report.torn, report.lines)


def test_unreadable_last_line_with_its_newline_is_a_problem(log):
    """A changed last line is not taken for a torn one."""
    assert ["is not a log line"] == problems([*log[0], b"{}\n"])


def test_spelling_of_a_line_is_fixed(log):
    """The same JSON in another spelling is refused: what is signed is bytes."""
    lines, _ = log
    respelled = json.dumps(json.loads(lines[4])).encode() + b"\n"

    assert respelled != lines[4]
    assert ["is not a log line"] == problems([*lines[:4], respelled])


@pytest.mark.parametrize("data", [{"Name": 1}, {"x": None}, {"x": ["a"]}, {"x": "y" * 5000}, {"x": float("nan")}])
def test_unfit_fields_are_refused(key, data):
    """A line holds short text and numbers under plain names."""
    with pytest.raises(DamagedError):
        make_line(Head(), time="t", act="run", who="h-1", gen=1, data=data, key=key)


def test_missing_log_is_a_report(tmp_path):
    """verify_log raises nothing for a missing file."""
    assert not verify_log(tmp_path / "log.jsonl").ok


def test_canonical_sorts_and_keeps_utf8():
    """Canonical JSON: sorted, no spaces, UTF-8."""
    assert '{"a":1,"ü":"é"}'.encode() == canonical({"ü": "é", "a": 1})
