"""What runs on a cluster's workers. Sent by value, so that a worker needs nothing of this package beforehand.

The plugin unpacks the package it brought into the worker's own scratch folder, loads models once, and from then on
answers tasks. It writes no transcript, never sees the key store, and gets the roster only if the study allows it.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import io
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

from distributed import WorkerPlugin, get_worker

NAME = "anonymizer-workshop"
# what a worker's own Python must have; everything else comes with the plugin
NEEDED = (
    "spacy", "presidio_analyzer", "presidio_anonymizer", "pydantic", "click", "rapidfuzz", "threadpoolctl", "yaml",
)  # fmt: skip


class WorkshopPlugin(WorkerPlugin):  # type: ignore[misc]
    """Brings the package and the workshop to every worker, also to those that join later."""

    name = NAME

    def __init__(self, archive: bytes, workshop: bytes) -> None:
        self.archive = archive
        self.workshop = workshop
        self.ready: Any = None

    def setup(self, worker: Any) -> None:
        missing = [module for module in NEEDED if importlib.util.find_spec(module) is None]
        if missing:
            raise ImportError(f"missing on the worker: {' '.join(missing)}")
        # a digest in the path: workers of an earlier version of the package must not be met by its modules
        digest = hashlib.sha256(self.archive).hexdigest()[:16]
        folder = Path(worker.local_directory) / f"anonymizer-{digest}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with zipfile.ZipFile(io.BytesIO(self.archive)) as package:
            package.extractall(folder)
        if "anonymizer" not in sys.modules:
            sys.path.insert(0, str(folder))
            importlib.invalidate_caches()
        workshop = pickle.loads(self.workshop)  # noqa: S301 (the same channel that brings the code)
        rules = folder / "study_rules"
        workshop.rules = rules if rules.is_dir() else None
        self.ready = workshop

    def transition(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: no state of a task is written down."""


def _plugin() -> Any:
    return get_worker().plugins[NAME]


def work_remote(job: Any, content: Any) -> Any:
    """Everything after intake, with the roster that the plugin brought."""
    return _plugin().ready.work(job, content)


def candidates_remote(content: Any) -> Any:
    """The model's pass alone, without roster and speakers."""
    return _plugin().ready.detector.candidates(content)
