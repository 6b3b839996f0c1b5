"""Detection on an existing Dask cluster: the one way in which text leaves the machine, off unless the study allows it.

Intake stays here. What is sent: each transcript's turns (speaker labels only where the roster may be sent too), the
package, the study's rules and, if ``[cluster] send_roster`` allows it, the roster. The key store is never sent.
"""

from __future__ import annotations

import io
import ipaddress
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from anonymizer.batch.work import Failed, Job, Worked, Workshop
from anonymizer.errors import AnonymizerError, ClusterError
from anonymizer.roster import EMPTY
from anonymizer.study import Study
from anonymizer.transcript import Transcript

# enough to keep hundreds of workers busy; each holds one transcript in the parent's memory
AHEAD_FOR_EACH_THREAD = 3
PACKAGE = Path(__file__).parent.parent


def check_address(address: str) -> None:
    """Refuse schedulers that would carry text in the clear over a network.

    Raises:
        ClusterError: Not tls://, and not on loopback.
    """
    parts = urlsplit(address)
    if parts.scheme == "tls" and parts.hostname and parts.port:
        return
    if parts.scheme != "tcp" or not parts.hostname or not parts.port:
        raise ClusterError("not a scheduler's address", hint="tls://HOST:PORT")
    try:
        loopback = ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        loopback = parts.hostname == "localhost"
    if not loopback:
        raise ClusterError("the scheduler is not encrypted", hint="use tls://HOST:PORT; see docs/cluster.md")


def work_all_on(
    address: str,
    study: Study,
    workshop: Workshop,
    jobs: Iterable[Job],
    *,
    ca: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
) -> Iterator[Worked | Failed]:
    """Work on every job with an existing cluster; yields in the order of ``jobs``.

    Args:
        address: ``tls://host:8786``.
        study: Must allow it in ``[cluster]``.
        workshop: The local one; does here what must not be sent.
        jobs: Consumed lazily.
        ca: Certificate authority that the cluster's certificates are checked against.
        certificate: This client's certificate.
        key: Its private key.

    Raises:
        ClusterError: Not allowed, not encrypted, not reachable, or workers lack packages.
    """
    if not study.settings.cluster.allowed:
        raise ClusterError(
            "this study does not allow text to leave the machine",
            hint="allowed = true under [cluster] in study.toml; read docs/cluster.md first",
        )
    check_address(address)
    client = _connect(address, ca, certificate, key)
    try:
        _equip(client, study, workshop)
        yield from _stream(client, workshop, jobs, whole=study.settings.cluster.send_roster)
    finally:
        client.close()


def _connect(address: str, ca: Path | None, certificate: Path | None, key: Path | None) -> Any:
    try:
        from distributed import Client
        from distributed.security import Security
    except ImportError:
        raise ClusterError("dask is not installed", hint="pip install 'transcript-anonymizer[cluster]'") from None
    security = None
    if address.startswith("tls"):
        security = Security(
            require_encryption=True,
            tls_ca_file=str(ca) if ca else None,
            tls_client_cert=str(certificate) if certificate else None,
            tls_client_key=str(key) if key else None,
        )
    try:
        return Client(address, security=security, timeout="20s", set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError):
        raise ClusterError(
            "the scheduler cannot be reached", hint="check address, certificates and --tls-* options"
        ) from None


def _equip(client: Any, study: Study, workshop: Workshop) -> None:
    import cloudpickle

    from anonymizer.batch import worker

    remote = copy(workshop)
    remote.forget()
    if not study.settings.cluster.send_roster:
        remote.roster = EMPTY
    cloudpickle.register_pickle_by_value(worker)
    plugin = worker.WorkshopPlugin(package_archive(study.rules), cloudpickle.dumps(remote))
    try:
        answers = client.register_plugin(plugin)
    except Exception as error:  # noqa: BLE001 (distributed raises what the worker raised)
        reason = str(error) if isinstance(error, ImportError) else "the workers refused the package"
        raise ClusterError(reason, hint="install the same requirements on the workers") from None
    if not answers:
        raise ClusterError("the cluster has no workers", hint="start some, then run again")


def package_archive(rules: Path | None) -> bytes:
    """The installed package, its rules and the study's as a zip: the same code there as here."""
    from anonymizer.resources import rules_folder

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for source, prefix in ((PACKAGE, "anonymizer"), (rules_folder(), "anonymizer/_rules"), (rules, "study_rules")):
            if source is None or not source.is_dir():
                continue
            for path in sorted(source.rglob("*")):
                relative = path.relative_to(source)
                if path.is_file() and "__pycache__" not in relative.parts and relative.parts[0] != "_rules":
                    # a fixed time: the same package gives the same digest, so that a worker unpacks it once
                    info = zipfile.ZipInfo(f"{prefix}/{relative}", (1980, 1, 1, 0, 0, 0))
                    archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _stream(client: Any, workshop: Workshop, jobs: Iterable[Job], *, whole: bool) -> Iterator[Worked | Failed]:
    from anonymizer.batch import worker
    from anonymizer.intake.reader import read

    source = iter(jobs)
    running: deque[tuple[Job, Transcript | None, Any]] = deque()
    exhausted = False
    while True:
        ahead = AHEAD_FOR_EACH_THREAD * max(1, sum(client.nthreads().values()))
        while not exhausted and len(running) < ahead:
            job = next(source, None)
            if job is None:
                exhausted = True
                break
            try:
                content = read(job.path)
            except AnonymizerError as error:
                running.append((job, None, Failed(job, str(error), error.hint)))
                continue
            # the worker has no use for the path, and it may hold a name
            sent = replace(content, name="")
            if whole:
                task = client.submit(worker.work_remote, replace(job, path=Path()), sent, pure=False, retries=2)
            else:
                silent = replace(sent, turns=tuple(replace(turn, speaker=None) for turn in content.turns))
                task = client.submit(worker.candidates_remote, silent, pure=False, retries=2)
            running.append((job, content, task))
        if not running:
            return
        job, sent_content, task = running.popleft()
        yield task if sent_content is None else _result(workshop, job, sent_content, task, whole=whole)


def _result(workshop: Workshop, job: Job, content: Transcript, task: Any, *, whole: bool) -> Worked | Failed:
    try:
        answer = task.result()
        if whole:
            return replace(answer, job=replace(answer.job, path=job.path), content=content)  # type: ignore[no-any-return]
        return workshop.work(job, content, answer)
    except AnonymizerError as error:
        return Failed(job, str(error), error.hint)
    except Exception as error:  # noqa: BLE001 (whatever the worker raised; its text may quote the transcript)
        return Failed(job, f"the worker failed: {type(error).__name__}", "run it without --scheduler")
    finally:
        task.release()
