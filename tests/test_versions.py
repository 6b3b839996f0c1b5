"""Several outputs from one marking: the archive's version beside the team's."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.model


def test_an_archive_version_lies_beside_the_teams(demo_study, anonymizer, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """Another policy gives other files from the same marks: nothing is detected again, the team's files stay."""
    from anonymizer.detection.detector import Detector

    study = demo_study(review="optional")
    anonymizer("run", "--quiet", "--study", study.folder)
    anonymizer("release", "--study", study.folder)
    team = demo_study.outputs(study)

    def never(*arguments: object) -> None:
        raise AssertionError("detected again")

    monkeypatch.setattr(Detector, "candidates", never)

    assert anonymizer("run", "--policy", "hipaa", "--quiet", "--study", study.folder) in (0, 3)
    drafted = sorted(path.name for path in (study.draft / "hipaa").iterdir())
    assert 0 == anonymizer("release", "--policy", "hipaa", "--study", study.folder)

    released = sorted(path.name for path in (study.anonymized / "hipaa").iterdir())
    assert drafted == released
    assert team == {name: data for name, data in demo_study.outputs(study).items() if "/hipaa/" not in name}
    texts = [
        [t["text"] for t in json.loads((study.anonymized / folder / "P01-1.json").read_text())["turns"]]
        for folder in (".", "hipaa")
    ]
    assert texts[0] != texts[1]
    assert texts[0][2] == texts[1][2]


def test_another_version_waits_for_the_same_approval(demo_study, anonymizer) -> None:  # type: ignore[no-untyped-def]
    """What the team has not approved is released under no policy."""
    study = demo_study()
    anonymizer("run", "--quiet", "--study", study.folder)
    anonymizer("run", "--policy", "hipaa", "--quiet", "--study", study.folder)

    assert 3 == anonymizer("release", "--policy", "hipaa", "--study", study.folder)
    assert not (study.anonymized / "hipaa").exists()


def test_an_unknown_policy_is_named(demo_study, anonymizer, capfd) -> None:  # type: ignore[no-untyped-def]
    """A policy that does not exist is an error, not the default one."""
    study = demo_study()

    assert 1 == anonymizer("run", "--policy", "nosuch", "--quiet", "--study", study.folder)
    assert "error: " in capfd.readouterr().err


def test_one_changed_rule_redoes_only_what_depends_on_it(demo_study, anonymizer, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """With another policy in study.toml every transcript is drafted anew, and no model looks at any of them."""
    from anonymizer.detection.detector import Detector

    study = demo_study()
    anonymizer("run", "--quiet", "--study", study.folder)
    before = demo_study.outputs(study)
    settings = study.folder / "study.toml"
    settings.write_text(settings.read_text().replace('policy = "default"', 'policy = "hipaa"'))

    def never(*arguments: object) -> None:
        raise AssertionError("detected again")

    monkeypatch.setattr(Detector, "candidates", never)

    assert anonymizer("run", "--quiet", "--study", study.folder) in (0, 3)
    after = demo_study.outputs(study)
    assert before.keys() == after.keys()
    assert before != after
