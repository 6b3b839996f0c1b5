"""Many files on this machine: results stream back in the order asked for, with a bounded number under way."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from types import FrameType

from anonymizer.batch.work import Failed, Job, Worked

Work = Callable[[Job], Worked | Failed]

# two jobs waiting for each process keep it busy while the parent writes; more would only hold memory
AHEAD = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """What one transcript may cost before it is set aside.

    Attributes:
        seconds: Wall-clock time.
        bytes: Address space of a worker process, or None for no limit.
    """

    seconds: float = 900.0
    bytes: int | None = None


NO_HASTE = Limits()


class _TimeUp(BaseException):
    """Not an Exception: a library's ``except Exception`` must not swallow it."""


_work: Work | None = None
_limits = NO_HASTE


def _start(work: Work, limits: Limits) -> None:
    global _work, _limits
    _work, _limits = work, limits
    # Ctrl-C reaches the whole process group; the parent decides what is finished
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # numerical libraries would start a thread for each core in every process
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if limits.bytes is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (limits.bytes, hard))


def _call(job: Job) -> Worked | Failed:
    assert _work is not None  # noqa: S101
    return limited(_work, job, _limits)


def limited(work: Work, job: Job, limits: Limits) -> Worked | Failed:
    """Work on one job within limits; a transcript that exceeds them is set aside, the rest goes on."""
    timed = threading.current_thread() is threading.main_thread()
    if timed:
        previous = signal.signal(signal.SIGALRM, _time_up)
        signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    try:
        return work(job)
    except _TimeUp:
        return Failed(job, f"took longer than {limits.seconds:.0f} seconds", "split it, or raise --time-limit")
    except MemoryError:
        return Failed(job, "needs more memory than a worker may have", "run with --jobs 1, or split it")
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)


def _time_up(signum: int, frame: FrameType | None) -> None:
    raise _TimeUp


def work_all(
    work: Work, jobs: Iterable[Job], processes: int = 1, limits: Limits = Limits()
) -> Iterator[Worked | Failed]:
    """Work on every job; yields in the order of ``jobs``, whatever the number of processes.

    A worker that dies (out of memory, killed) or hangs beyond its time fails the job it had, and only that: the others
    are worked on by a new pool.

    Args:
        work: Must be picklable, or the platform must fork.
        jobs: Consumed lazily, a few ahead.
        processes: 1 works in this process.
        limits: For each job.
    """
    if processes <= 1:
        for job in jobs:
            yield limited(work, job, limits)
        return
    source = iter(jobs)
    again: deque[Job] = deque()
    while True:
        pool = _pool(work, processes, limits)
        running: deque[tuple[Job, Future[Worked | Failed]]] = deque()
        try:
            while True:
                while len(running) < processes * AHEAD:
                    ahead = again.popleft() if again else next(source, None)
                    if ahead is None:
                        break
                    running.append((ahead, pool.submit(_call, ahead)))
                if not running:
                    return
                job, future = running[0]
                # the worker's own alarm comes first; this is for code that never returns to the interpreter
                result = future.result(timeout=limits.seconds * (2 + AHEAD))
                running.popleft()
                yield result
        except (BrokenProcessPool, TimeoutError):
            again = deque([*(j for j, _ in running), *again])
        finally:
            _stop(pool)
        # which of the running jobs broke the pool is not known: the first is tried alone, so that a second death is its
        # own and the others are not blamed
        yield _alone(work, again.popleft(), limits)


def _alone(work: Work, job: Job, limits: Limits) -> Worked | Failed:
    pool = _pool(work, 1, limits)
    try:
        return pool.submit(_call, job).result(timeout=limits.seconds * 2)
    except BrokenProcessPool:
        return Failed(job, "the worker died on this transcript", "it may need more memory than this computer has")
    except TimeoutError:
        return Failed(job, f"took longer than {limits.seconds:.0f} seconds", "split it, or raise --time-limit")
    finally:
        _stop(pool)


def _pool(work: Work, processes: int, limits: Limits) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=_context(), initializer=_start, initargs=(work, limits))


def _stop(pool: ProcessPoolExecutor) -> None:
    # a hanging worker would be waited for at exit; there is no public way to end it
    workers = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.kill()
    for worker in workers:
        worker.join()


def _context() -> multiprocessing.context.BaseContext:
    # forking after the models are loaded shares their memory; macOS's frameworks do not survive a fork
    method = "fork" if os.uname().sysname == "Linux" else "spawn"
    return multiprocessing.get_context(method)
