"""Where a batch's work is done: processes of this machine, or an existing cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from anonymizer.batch.local import Limits, work_all
from anonymizer.batch.work import Failed, Job, Worked, Workshop
from anonymizer.study import Study


@dataclass(frozen=True, slots=True)
class Where:
    """A place to work.

    Attributes:
        processes: Worker processes on this machine.
        limits: For each transcript.
        scheduler: Address of an existing Dask scheduler, or None for this machine.
        ca: Certificate authority of the cluster.
        certificate: This client's certificate.
        key: Its private key.
    """

    processes: int = 1
    limits: Limits = field(default_factory=Limits)
    scheduler: str | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def work(self, study: Study, workshop: Workshop, jobs: Iterable[Job]) -> Iterator[Worked | Failed]:
        """Results in the order of ``jobs``."""
        source = iter(jobs)
        first = next(source, None)
        if first is None:
            # nothing to do: no model is loaded and no cluster is asked
            return iter(())
        jobs = chain([first], source)
        if self.scheduler is None:
            if self.processes > 1:
                # loaded before the fork, the models' memory is shared by all processes
                workshop.load()
            return work_all(workshop, jobs, self.processes, self.limits)
        from anonymizer.batch.cluster import work_all_on

        return work_all_on(
            self.scheduler, study, workshop, jobs, ca=self.ca, certificate=self.certificate, key=self.key
        )


HERE = Where()
