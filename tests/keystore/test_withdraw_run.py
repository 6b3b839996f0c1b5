"""A withdrawal in a study that was run and released, and the runs after it."""

from __future__ import annotations

import json

import pytest

from anonymizer.keystore import codec
from anonymizer.keystore.store import open_store

pytestmark = pytest.mark.model


def everything(study):
    """All bytes of the study folder and its key's folder, but for received files."""
    places = (study.draft, study.review, study.cache, study.anonymized, study.audit, study.rules)
    return b"".join(path.read_bytes() for place in places for path in sorted(place.rglob("*")) if path.is_file())


def test_forgotten_name_does_not_come_back_with_the_next_run(demo_study, anonymizer, tmp_path):
    """After the withdrawal another transcript that says the name is drafted from kept decisions, not detected anew."""
    study = demo_study(review="optional")
    path = study.received / "interview-0-Porto.json"
    turns = json.loads(path.read_text())["turns"]
    turns[3]["text"] += " Zephyrine Quillfeather of Tamarack Optics had told me about it."
    path.write_text(json.dumps({"turns": turns}))
    assert anonymizer("run", "--study", study.folder, "--quiet") in (0, 3)
    assert anonymizer("release", "--study", study.folder) in (0, 3)
    with open_store(study) as store:
        code = next(p.code for p in store.view().roster if p.name == "Zephyrine Quillfeather")
        other = next(p.code for p in store.view().roster if p.name == "Osgood Pemberwick")
    before = (study.anonymized / f"{other}-1.json").read_bytes()
    assert b"Quillfeather" not in before

    assert 0 == anonymizer("key", "withdraw", code, "--worklist", tmp_path / "worklist", "--study", study.folder)
    assert anonymizer("run", "--study", study.folder, "--quiet") in (0, 3)
    assert anonymizer("release", "--study", study.folder) in (0, 3)

    with open_store(study) as store:
        body = codec.to_bytes(store.document).decode("utf-8", "replace").casefold()
        assert f"{other}-1" in store.view().frozen
        assert code in store.view().reserved
    assert not [name for name in ("quillfeather", "zephyrine") if name in body]
    assert before == (study.anonymized / f"{other}-1.json").read_bytes()
    assert not list(study.anonymized.glob(f"{code}-*"))
    assert b"Quillfeather" not in everything(study)
    assert f"{other}-1 mentions the person" in (tmp_path / "worklist").read_text()
    assert 0 == anonymizer("audit", "--study", study.folder)
