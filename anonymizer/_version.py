"""The version, read by the build and by ``anonymizer --version``."""

__version__ = "0.1.0"
