"""Processes on this machine: order, deaths, hangs, memory."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from anonymizer.batch.local import Limits, work_all
from anonymizer.batch.work import Failed, Job, Worked
from anonymizer.entities.entity import Linked
from anonymizer.transcript import Transcript, Turn

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def _worked(job: Job) -> Worked:
    content = Transcript(job.code, (Turn(0, None, f"worked on {job.code}"),))
    return Worked(job, content, (), Linked((), ()), ())


def _jobs(number: int) -> list[Job]:
    return [Job(f"t{i:012d}", Path(f"{i}.json"), code=f"P{i:02d}-1") for i in range(number)]


def _codes(results: object) -> list[str]:
    return [r.job.code for r in results]  # type: ignore[attr-defined]


def _slow_first(job: Job) -> Worked:
    time.sleep(0.2 if job.code == "P00-1" else 0)
    return _worked(job)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_order_does_not_depend_on_processes(processes: int) -> None:
    """Results come in the order of the jobs, also when an early one takes longest."""
    jobs = _jobs(12)

    assert [j.code for j in jobs] == _codes(work_all(_slow_first, jobs, processes))


def test_jobs_are_consumed_lazily() -> None:
    """The parent holds a few jobs, not the archive."""
    taken = 0

    def source():  # type: ignore[no-untyped-def]
        nonlocal taken
        for job in _jobs(1000):
            taken += 1
            yield job

    results = work_all(_worked, source(), 2)
    next(results)

    assert taken < 20
    results.close()


def _dies_on_3(job: Job) -> Worked:
    if job.code == "P03-1":
        os.kill(os.getpid(), signal.SIGKILL)
    return _worked(job)


def test_a_dying_worker_costs_its_own_transcript_only() -> None:
    """A transcript that kills its worker is set aside; every other one is worked on, in order."""
    results = list(work_all(_dies_on_3, _jobs(8), 2))

    assert [f"P{i:02d}-1" for i in range(8)] == _codes(results)
    assert [r.job.code for r in results if isinstance(r, Failed)] == ["P03-1"]


def _hangs_on_1(job: Job) -> Worked:
    if job.code == "P01-1":
        time.sleep(600)
    return _worked(job)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_hanging_transcript_is_set_aside(processes: int) -> None:
    """The time limit ends a transcript that hangs; the rest goes on."""
    results = list(work_all(_hangs_on_1, _jobs(4), processes, Limits(seconds=1)))

    failed = [r for r in results if isinstance(r, Failed)]
    assert _codes(failed) == ["P01-1"]
    assert failed[0].message == "took longer than 1 seconds"


def _eats_on_2(job: Job) -> Worked:
    if job.code == "P02-1":
        bytearray(64 << 30)
    return _worked(job)


def test_a_transcript_beyond_the_memory_limit_is_set_aside() -> None:
    """A worker's address space is limited; the allocation fails there and not on the machine."""
    results = list(work_all(_eats_on_2, _jobs(5), 2, Limits(bytes=16 << 30)))

    assert [r.job.code for r in results if isinstance(r, Failed)] == ["P02-1"]
