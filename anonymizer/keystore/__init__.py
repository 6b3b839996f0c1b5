"""The key: participants, pseudonyms and originals, sealed apart from the transcripts."""
