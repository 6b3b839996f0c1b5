"""Files written once by this format's first version open for ever."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from anonymizer.audit.log import verify_log
from anonymizer.errors import DamagedError
from anonymizer.keystore import codec
from anonymizer.keystore.certificate import check_certificate
from anonymizer.keystore.store import open_store
from anonymizer.study import open_study

GOLDEN = Path(__file__).parent.parent / "data" / "golden" / "keystore" / "v2"


@pytest.fixture
def golden(tmp_path):
    """The golden study, copied, with its places set."""
    study_folder = tmp_path / "study"
    (study_folder / "audit").mkdir(parents=True)
    (study_folder / "private").mkdir()
    (study_folder / "protocol.txt").write_text("1. What?\n")
    (tmp_path / "keys").mkdir()
    shutil.copy(GOLDEN / "study.toml", study_folder)
    shutil.copy(GOLDEN / "log.jsonl", study_folder / "audit")
    for name in ("study.key", "study.shred", "dana.identity"):
        shutil.copy(GOLDEN / name, tmp_path / "keys" / name)
    shutil.copytree(GOLDEN / "originals", tmp_path / "keys" / "originals")
    (tmp_path / "keys" / "study.shred").rename(tmp_path / "study.shred")
    (tmp_path / "keys" / "dana.identity").chmod(0o600)
    study = open_study(study_folder)
    study.set_local(
        keys=str(tmp_path / "keys"), shred=str(tmp_path / "study.shred"), identity=str(tmp_path / "keys/dana.identity")
    )
    return study


def test_golden_store_opens(golden, tmp_path):
    """Store, log, originals: as they were written."""
    with open_store(golden, state=tmp_path / "state") as store:
        assert (GOLDEN / "document.json").read_bytes() == codec._canonical(codec._plain(store.document))
        assert {"0:0-2": "Mo"} == store.originals("P01-1")
        view = store.view()
        store.log("run")

    assert {"[Person 1]", "[Company 1]"} == {e.pseudonym for e in view.entities}
    assert {"P02", "P02-1", "P01"} <= view.reserved
    assert ("dana", frozenset()) == (view.holder, view.frozen)


def test_golden_log_and_certificate_verify():
    """They verify with no secret at all."""
    assert verify_log(GOLDEN / "log.jsonl").ok
    assert [] == check_certificate(GOLDEN / "certificate.json", GOLDEN / "log-destroyed.jsonl")


def framed(body):
    """A JSON body as the document's bytes."""
    data = len(body).to_bytes(4, "big") + body
    return data + b"\0" * (-len(data) % codec.PAD)


def test_golden_document_round_trips():
    """Read and written again: the same bytes."""
    data = framed((GOLDEN / "document.json").read_bytes())

    assert data == codec.to_bytes(codec.from_bytes(data))


def changed(**changes):
    """The golden document with top keys changed; None removes one."""
    body = json.loads((GOLDEN / "document.json").read_bytes())
    for key, value in changes.items():
        if value is None:
            del body[key]
        else:
            body[key] = value
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


BAD = {
    "another version": changed(v=3),
    "unknown key": changed(zzz=1),
    "missing key": changed(counts=None),
    "float": changed(gen=1.0),
    "boolean for a number": changed(gen=True),
    "negative": changed(gen=-1),
    "no holders": changed(holders={}),
    "33 holders": changed(
        holders={
            f"h-{i}": {"label": "x", "public": "x", "recipient": "x", "sign": "x", "since": "x"} for i in range(33)
        }
    ),
    "withdrawn code given again": changed(tombstones={"P01": "2031-01-01"}),
    "withdrawn pseudonym given again": changed(tombstones={"[Person 1]": "2031-01-01"}),
    "short secret": changed(secret="00"),
    "text for a list": changed(frozen="x"),
    "spaces": (GOLDEN / "document.json").read_bytes().replace(b'"v":2', b'"v": 2'),
    "duplicate key": (GOLDEN / "document.json").read_bytes().replace(b'"v":2', b'"v":2,"v":2'),
    "not UTF-8": (GOLDEN / "document.json").read_bytes().replace(b'"v":2', b'"v":2\xff'),
    "escapes": (GOLDEN / "document.json").read_bytes().replace("ö".encode(), b"\\u00f6"),
    "deep": b'{"v":2,"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
}


@pytest.mark.parametrize("name", BAD)
def test_document_is_read_strictly(name):
    """Anything but the canonical spelling of a valid document is 13."""
    with pytest.raises(DamagedError):
        codec.from_bytes(framed(BAD[name]))


@pytest.mark.parametrize("how", ["padding", "longer padding", "length", "short", "empty", "cut"])
def test_frame_is_read_strictly(how):
    """Padding that is not zero or too long, lengths that do not fit: 13."""
    data = framed((GOLDEN / "document.json").read_bytes())
    bad = {
        "padding": data[:-1] + b"\1",
        "longer padding": data + b"\0" * codec.PAD,
        "length": (len(data)).to_bytes(4, "big") + data[4:],
        "short": b"\0\0\0\2{}" + b"\0" * 4090,
        "empty": b"",
        "cut": data[:-1],
    }[how]
    with pytest.raises(DamagedError):
        codec.from_bytes(bad)


def test_pseudonym_given_twice_is_damage():
    """Two entities with one label cannot be told apart in an output."""
    body = json.loads((GOLDEN / "document.json").read_bytes())
    first = next(iter(body["entities"].values()))
    body["entities"]["e-ZZZZZZZZ"] = {**first, "key": "other"}
    data = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(DamagedError, match="twice"):
        codec.from_bytes(framed(data))
