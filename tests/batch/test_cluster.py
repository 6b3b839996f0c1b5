"""A real scheduler and real workers on loopback, with TLS certificates made here."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from anonymizer.batch.cluster import check_address, package_archive
from anonymizer.errors import ClusterError

pytest.importorskip("distributed", reason="dask[distributed] is not installed")


@dataclass(frozen=True)
class Certificates:
    """Files of a certificate authority and one certificate for everybody."""

    ca: Path
    certificate: Path
    key: Path

    def arguments(self) -> list[str]:
        """For dask's command line."""
        return ["--tls-ca-file", str(self.ca), "--tls-cert", str(self.certificate), "--tls-key", str(self.key)]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A self-signed certificate for 127.0.0.1."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    made = Certificates(folder / "ca.pem", folder / "ca.pem", folder / "key.pem")
    made.ca.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


@dataclass
class Cluster:
    """A running scheduler and its workers."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture
def cluster(certificates: Certificates, tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two worker processes, each in a process group of its own."""
    described = tmp_path / "scheduler.json"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": (tmp_path / "dask.log").open("wb"), "env": environment}
    scheduler = subprocess.Popen(
        [
            sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
            "--protocol", "tls", "--no-dashboard", "--scheduler-file", str(described), *certificates.arguments(),
        ],
        start_new_session=True, **quiet,
    )  # fmt: skip
    workers = []
    try:
        for _ in range(200):
            if described.exists() and described.stat().st_size:
                break
            time.sleep(0.1)
        for number in range(2):
            workers.append(
                subprocess.Popen(
                    [
                        sys.executable,
                        "-m",
                        "distributed.cli.dask_worker",
                        "--scheduler-file",
                        str(described),
                        "--nthreads",
                        "1",
                        "--no-dashboard",
                        "--no-nanny",
                        "--local-directory",
                        str(tmp_path / f"worker{number}"),
                        *certificates.arguments(),
                    ],
                    start_new_session=True,
                    cwd=tmp_path,
                    **quiet,
                )
            )
        yield Cluster(json.loads(described.read_text())["address"], workers)
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()
        quiet["stderr"].close()


@pytest.mark.parametrize(
    "address",
    ["tcp://10.0.0.5:8786", "tcp://cluster.example:8786", "http://127.0.0.1:8786", "127.0.0.1:8786", "tls://"],
)
def test_unencrypted_and_malformed_addresses_are_refused(address: str) -> None:
    """Text goes over a network only through TLS."""
    with pytest.raises(ClusterError):
        check_address(address)


@pytest.mark.parametrize("address", ["tls://cluster.example:8786", "tcp://127.0.0.1:8786", "tcp://localhost:1"])
def test_tls_and_loopback_are_accepted(address: str) -> None:
    """TLS anywhere; without it only to this machine, as an SSH tunnel ends there."""
    check_address(address)


def test_package_archive_is_reproducible_and_brings_the_rules(tmp_path: Path) -> None:
    """The same package gives the same bytes; the study's rules come along."""
    (tmp_path / "keep").mkdir()
    (tmp_path / "keep" / "own.txt").write_text("word\n")

    first = package_archive(tmp_path)

    assert first == package_archive(tmp_path)
    import io
    import zipfile

    names = zipfile.ZipFile(io.BytesIO(first)).namelist()
    assert "anonymizer/batch/work.py" in names
    assert "study_rules/keep/own.txt" in names
    assert any(name.startswith("anonymizer/_rules/policy/") for name in names)


def test_a_study_that_does_not_allow_it_sends_nothing(demo_study) -> None:  # type: ignore[no-untyped-def]
    """Without ``[cluster] allowed = true`` the run stops before it connects."""
    from anonymizer.batch.cluster import work_all_on
    from anonymizer.batch.work import Workshop

    study = demo_study()

    with pytest.raises(ClusterError, match="does not allow"):
        list(work_all_on("tls://127.0.0.1:1", study, Workshop.of(study), []))


@pytest.mark.model
@pytest.mark.parametrize("send_roster", [True, False])
def test_outputs_equal_the_local_runs_though_a_worker_is_killed(
    demo_study, anonymizer, cluster: Cluster, certificates: Certificates, tmp_path: Path, send_roster: bool
) -> None:  # type: ignore[no-untyped-def]
    """Two workers, one killed in the middle: every draft is byte for byte the local run's."""
    here = demo_study(cluster=(True, send_roster), copies=3)
    there = demo_study.copy(here)
    assert anonymizer("run", "--jobs", "1", "--quiet", "--study", here.folder) in (0, 3)
    killer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import os, time; time.sleep(9); os.kill({cluster.workers[0].pid}, {int(signal.SIGKILL)})",
        ]
    )

    code = anonymizer(
        "run", "--quiet", "--study", there.folder, "--scheduler", cluster.address,
        "--tls-ca", certificates.ca, "--tls-cert", certificates.certificate, "--tls-key", certificates.key,
    )  # fmt: skip

    killer.wait()
    assert code in (0, 3)
    assert demo_study.outputs(here) == demo_study.outputs(there)
    # nothing of the transcripts was written where the workers run, and the key was never there
    for path in tmp_path.rglob("worker*/**/*"):
        if path.is_file() and "anonymizer-" not in str(path):
            assert b"Quillfeather" not in path.read_bytes()
