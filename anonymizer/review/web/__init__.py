"""The review page on 127.0.0.1."""
