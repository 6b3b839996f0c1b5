"""How long a big key store takes: 1,000 participants, 50,000 entities; open, save, one lookup.

python tools/bench_keystore.py [PARTICIPANTS ENTITIES]
"""

from __future__ import annotations

import datetime
import sys
import tempfile
import time
from pathlib import Path


def bench(participants: int = 1000, entities: int = 50_000, rounds: int = 3) -> dict[str, float]:
    """Seconds of this process (best of ``rounds``) to open, save a batch step and look up one name; size in MiB.

    Processor time, not wall time: the figure stays the same on a busy machine.
    """
    from anonymizer.keystore.create import create_store
    from anonymizer.keystore.lookup import lookup
    from anonymizer.keystore.store import open_store
    from anonymizer.keystore.vault import STORE
    from anonymizer.keystore.view import KnownEntity, Update
    from anonymizer.roster import Person, Roster
    from anonymizer.study import create_study

    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "protocol.txt").write_text("1. What do you do?\n")
        study = create_study(
            root / "study", protocol=root / "protocol.txt", title="Bench", ends_on=datetime.date(2031, 1, 1)
        )
        create_store(
            study, root / "keys", root / "stick" / "shred", "bench", root / "b.identity", None, False,
            state=root / "state",
        )  # fmt: skip
        people = tuple(
            Person(f"Given{i} Family{i}", (f"G{i}",), f"g{i}@example.org", (f"Firm {i}",)) for i in range(participants)
        )
        step = tuple(
            KnownEntity(
                "", "PERSON", "", "study", "", f"name{i} other{i}", (f"Name{i} Other{i}", f"Name{i}"), f"[Person {i}]"
            )
            for i in range(entities)
        )
        with open_store(study, state=root / "state") as store:
            store.import_roster(Roster(people))
            store.update(Update(entities=step))
        result = {"open": 9e9, "save": 9e9, "lookup": 9e9}
        for number in range(rounds):
            started = time.process_time()
            store = open_store(study, state=root / "state")
            opened = time.process_time()
            lookup(store.document, f"Name{entities - 1} Other{entities - 1}", "name")
            found = time.process_time()
            more = KnownEntity("", "PERSON", "", "study", "", f"n{number}", (f"N{number}",), f"[Person n{number}]")
            before = time.process_time()
            store.update(Update(entities=(more,)))
            saved = time.process_time()
            store.close()
            for key, seconds in (("open", opened - started), ("lookup", found - opened), ("save", saved - before)):
                result[key] = min(result[key], seconds)
        result["MiB"] = (root / "keys" / STORE).stat().st_size / (1 << 20)
        return result


def main() -> None:
    """Print the figures."""
    participants, entities = (int(a) for a in (sys.argv[1:3] or ("1000", "50000")))
    result = bench(participants, entities)
    print(f"key store of {participants} participants and {entities} entities ({result['MiB']:.1f} MiB):")
    for key in ("open", "save", "lookup"):
        print(f"  {key:8} {result[key]:6.2f} s of processor time")


if __name__ == "__main__":
    main()
