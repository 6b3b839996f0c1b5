"""Make the golden files of the key store's format; run once for each format version, never to repair a test.

python tools/make_golden_keystore.py tests/data/golden/keystore/v2
"""

from __future__ import annotations

import datetime
import json
import shutil
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Write a study's key, shred secret, identity, log and document, and a certificate with its log."""
    from anonymizer.keystore.codec import to_bytes
    from anonymizer.keystore.create import create_store
    from anonymizer.keystore.destroy import destroy
    from anonymizer.keystore.rotate import rotate
    from anonymizer.keystore.store import open_store
    from anonymizer.keystore.vault import STORE
    from anonymizer.keystore.view import KnownEntity, Update
    from anonymizer.keystore.withdraw import withdraw
    from anonymizer.roster import parse_roster
    from anonymizer.study import create_study

    target = Path(sys.argv[1])
    target.mkdir(parents=True)
    roster = (
        "name,aliases,email,organization,role,people,places,years\n"
        "Úna Fairbairn,Oona,una@kiln.example,Kiln & Wheel,participant,Lorcan Fairbairn,Stonehaven,12\n"
        "Bram Achterberg,,,,participant,,,\nSela Motsumi,,,,interviewer,,,\nPeregrine Vole,,,,other,,,\n"
    )
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "protocol.txt").write_text("1. What do you do?\n")
        study = create_study(
            root / "study", protocol=root / "protocol.txt", title="Töpfe", ends_on=datetime.date(2031, 1, 1)
        )
        keys, shred = root / "keys", root / "stick" / "study.shred"
        create_store(study, keys, shred, "dana", root / "dana.identity", None, True, state=root / "state")
        with open_store(study, state=root / "state") as store:
            store.import_roster(parse_roster(roster.encode()))
            store.link("t00000000000a", "P01", speakers=[("Speaker 1", "participant", "P01")])
            store.link("t00000000000b", "P02")
            store.update(
                Update(
                    entities=(
                        KnownEntity("", "PERSON", "sister", "transcript", "P01-1", "", ("Mo",), "[Person 1]", ("P01",),
                                    ("P01-1",)),
                        KnownEntity("", "ORGANIZATION", "company", "study", "", "ofen", ("Ofen", "Ofen GmbH"),
                                    "[Company 1]", (), ("P01-1", "P02-1")),
                    ),
                    originals=(("P01-1", (("0:0-2", "Mo"),)),),
                )
            )  # fmt: skip
            withdraw(store, "P02", root / "worklist")
            store.count("exports", "export", reason="deposit")
            rotate(store)
            document = to_bytes(store.document)
        (target / "document.json").write_bytes(document[4 : 4 + int.from_bytes(document[:4], "big")])
        shutil.copytree(keys / "originals", target / "originals")
        for path in (keys / STORE, shred, root / "dana.identity", study.log, study.folder / "study.toml"):
            shutil.copy(path, target / path.name)
        with open_store(study, state=root / "state") as store:
            destroy(store, study.settings.id)
        shutil.copy(study.audit / "certificate.json", target / "certificate.json")
        shutil.copy(study.log, target / "log-destroyed.jsonl")
    print(json.dumps(sorted(p.name for p in target.iterdir())))


if __name__ == "__main__":
    main()
