"""Fixtures shared by all rooms: models loaded once, nothing on the network, a small study on demand."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from anonymizer.study import Study, open_study

PEOPLE = (
    ("Zephyrine Quillfeather", "Tamarack Optics", "Oslo"),
    ("Osgood Pemberwick", "Lanternfish Games", "Porto"),
    ("Ileana Vashtari", "Cobblestone Analytics", "Leipzig"),
)
INTERVIEWER = "Hollis Braddock"
PROTOCOL = """Interview about tools

Background

- 1. How many years have you worked on deep learning professionally?
- 2. What is your role in your team?

Practice

- 1. Have you ever reused any pre-trained models?
  - a. How do you assess them?
- 2. Which tools do you find valuable?
"""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection but to this machine: nothing of the program may need a network."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> object:
        local = isinstance(address, tuple) and address[0] in ("127.0.0.1", "::1", "localhost")
        if self.family == socket.AF_UNIX or local:
            return connect(self, address)  # type: ignore[arg-type]
        raise AssertionError("a test tried to reach the network")

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _own_state_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pins and reviewers' keys go to a folder of the test's own, never to the user's."""
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))


def interview(participant: str, organization: str, place: str) -> list[dict[str, object]]:
    """Ten turns of an invented interview."""
    first = participant.split(maxsplit=1)[0]
    domain = organization.split(maxsplit=1)[0].lower()
    lines = [
        (INTERVIEWER, f"Hello {first}. I'm {INTERVIEWER}, thank you for joining. Is the recording on?"),
        (participant, f"Hi Hollis. It is. I'm calling from {place}, sorry for the noise."),
        (INTERVIEWER, "How many years have you worked on deep learning professionally?"),
        (participant, f"Seven years. I joined {organization} in March 2019, before that I studied in {place}."),
        (INTERVIEWER, "And what is your role in your team?"),
        (
            participant,
            "I lead it. My colleague Thessaly Okonjo-Brandt does the data, and Thessaly is the better engineer.",
        ),
        (INTERVIEWER, "Have you ever reused any pre-trained models?"),
        (participant, "Often. We load them with PyTorch, and the Adam optimizer does the rest."),
        (INTERVIEWER, "Which tools do you find valuable?"),
        (
            participant,
            f"TensorBoard. Write to me, {first.lower()}@{domain}.example, I'll send a list.",
        ),
    ]
    return [{"speaker": speaker, "text": text} for speaker, text in lines]


@pytest.fixture
def anonymizer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command line in this process; returns the exit code.

    The state folder is the one beside the study named by ``--study``, so that copies of a study do not share a pin.
    """
    from anonymizer.cli import cli
    from anonymizer.cli.common import run_safely

    def run(*arguments: object) -> int:
        words = [str(argument) for argument in arguments]
        if "--study" in words:
            monkeypatch.setenv("XDG_STATE_HOME", str(Path(words[words.index("--study") + 1]).parent / "state"))
        return run_safely(cli, words)

    return run


class StudyFactory:
    """Makes small studies with everything received and tied."""

    def __init__(self, root: Path, anonymizer: Callable[..., int]) -> None:
        self.root = root
        self.anonymizer = anonymizer
        self.number = 0

    def __call__(
        self, *, copies: int = 1, cluster: tuple[bool, bool] = (False, False), review: str = "required"
    ) -> Study:
        """A study with three times ``copies`` transcripts of as many participants, ready to run."""
        self.number += 1
        place = self.root / f"made{self.number}"
        folder, keys = place / "study", place / "keys"
        keys.mkdir(parents=True)
        (place / "stick").mkdir()
        protocol = place / "protocol.txt"
        protocol.write_text(PROTOCOL, encoding="utf-8")
        self._do("init", folder, "--protocol", protocol, "--title", "Tools", "--ends-on", "2099-01-01")
        self._do(
            "key", "init", "--study", folder, "--keys", keys, "--shred", place / "stick" / "study.shred",
            "--holder", "anna", "--no-passphrase", "--no-paper",
        )  # fmt: skip
        settings = folder / "study.toml"
        text = settings.read_text().replace('review = "required"', f'review = "{review}"')
        allowed, send_roster = (str(value).lower() for value in cluster)
        settings.write_text(f"{text}\n[cluster]\nallowed = {allowed}\nsend_roster = {send_roster}\n")
        roster = ["name,aliases,email,organization,role", f"{INTERVIEWER},,,,interviewer"]
        for copy in range(copies):
            for name, organization, city in PEOPLE:
                full = name if copy == 0 else f"{name} {'abcdefghij'[copy].upper()}. Smitherson{copy}"
                roster.append(f"{full},,,{organization},participant")
                turns = interview(full, organization, city)
                (folder / "private" / "received" / f"interview-{copy}-{city}.json").write_text(
                    json.dumps({"turns": turns}), encoding="utf-8"
                )
        (place / "roster.csv").write_text("\n".join(roster) + "\n", encoding="utf-8")
        self._do("participants", "import", place / "roster.csv", "--study", folder)
        return open_study(folder)

    def _do(self, *arguments: object) -> None:
        code = self.anonymizer(*arguments)
        assert code == 0, f"anonymizer {arguments[0]}: exit code {code}"

    def copy(self, study: Study) -> Study:
        """The same study and key on another path: an undisturbed twin."""
        self.number += 1
        place = self.root / f"copy{self.number}"
        shutil.copytree(study.folder.parent, place)
        keys = place / "keys"
        twin = open_study(place / "study")
        local = study.local()
        moved = {
            name: value.replace(str(study.folder.parent), str(place))
            for name, value in local.model_dump(exclude_none=True).items()
        }
        twin.set_local(**moved)
        assert keys.is_dir()
        return twin

    @staticmethod
    def outputs(study: Study) -> dict[str, bytes]:
        """Every draft and released file, by relative path."""
        return {
            str(path.relative_to(study.folder)): path.read_bytes()
            for folder in (study.draft, study.anonymized)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    @staticmethod
    def environment(study: Study) -> dict[str, str]:
        """For a process of its own that works on the study."""
        return {**os.environ, "XDG_STATE_HOME": str(study.folder.parent / "state"), "OMP_NUM_THREADS": "1"}


@pytest.fixture
def demo_study(tmp_path: Path, anonymizer: Callable[..., int]) -> StudyFactory:
    """A factory of small studies."""
    return StudyFactory(tmp_path, anonymizer)
