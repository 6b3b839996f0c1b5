"""A run killed at any moment continues and ends as if it had not been disturbed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import pytest


def _run(demo_study, study, *arguments: str) -> subprocess.Popen[bytes]:  # type: ignore[no-untyped-def]
    return subprocess.Popen(
        [sys.executable, "-m", "anonymizer", "run", "--quiet", "--study", str(study.folder), *arguments],
        env=demo_study.environment(study),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _killed_run(demo_study, seed: int, kills: int, longest: float) -> None:  # type: ignore[no-untyped-def]
    undisturbed = demo_study(copies=4)
    disturbed = demo_study.copy(undisturbed)
    process = _run(demo_study, undisturbed, "--jobs", "1")
    process.communicate()
    assert process.returncode in (0, 3)
    chance = random.Random(seed)
    for number in range(kills):
        process = _run(demo_study, disturbed, "--jobs", str(1 + number % 2))
        time.sleep(chance.uniform(0.3, longest))
        _kill(process)

    process = _run(demo_study, disturbed, "--jobs", "2")
    _, errors = process.communicate()

    assert process.returncode in (0, 3), errors.decode()
    assert demo_study.outputs(undisturbed) == demo_study.outputs(disturbed)
    assert [] == [p.name for p in disturbed.folder.rglob(".tmp-*") if p.parent.name == "anonymized"]


@pytest.mark.model
def test_a_run_killed_twice_ends_as_an_undisturbed_one(demo_study) -> None:  # type: ignore[no-untyped-def]
    """SIGKILL to the whole process group, twice, early and late: the drafts are byte for byte the same."""
    _killed_run(demo_study, seed=11, kills=2, longest=6)


@pytest.mark.model
@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_run_killed_many_times_ends_as_an_undisturbed_one(demo_study, seed: int) -> None:  # type: ignore[no-untyped-def]
    """Eight kills at random moments, one or two processes."""
    _killed_run(demo_study, seed=seed, kills=8, longest=9)
