"""Keep the promise to the people you interview: pseudonymize transcripts, keep the key apart, destroy it in time."""

from anonymizer._version import __version__

__all__ = ["__version__"]
