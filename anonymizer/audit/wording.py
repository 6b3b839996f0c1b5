"""Standing texts of the report: its limits and the words it uses."""

from __future__ import annotations

from anonymizer.audit.risk import K

LIMITS = (
    """Released transcripts are pseudonymized. While a key or an original exists they are personal data, also for the
    law; and what people say about their work and life may point to them after that.""",
    """The search for known originals finds what the study knows: the roster and everything that was replaced. It cannot
    find a name that neither the detection nor a reviewer saw.""",
    """Planted identifiers stand in plain sentences with a cue; people often name others without one. That figure is the
    best case.""",
    """The human sample bounds the share of turns with a missed identifier as far as the reader saw it; a reader misses
    some too.""",
    """The log shows what this program did. It does not show who read a file by other means, nor copies of files and
    keys made outside it.""",
    """Deleting a file on a solid-state disk, a network share or a file system with snapshots may leave
    remnants; where that is so the recording's entry says it.""",
)
WORDS_EXPLAINED = (
    ("pseudonymize", "replaced by a label such as [Person 3] that is the same wherever this person or thing is meant"),
    ("generalize", "replaced by something coarser: a year for a date, a kind of company for its name"),
    ("remove", "replaced by [removed]"),
    ("keep", "looked at and left as it is, with a reason: most often a technical name"),
    ("direct identifier", "names a person by itself: name, address, telephone, e-mail, account, number"),
    ("indirect identifier", "points to a person together with other things: employer, place, date, own product"),
    ("key", "the sealed file that ties codes and labels to people; kept apart, destroyed at the study's end"),
    ("known original", "a name or other passage that the key knows under a label"),
    ("small cell", f"a combination of attributes that fewer than {K} participants share"),
    ("mosaic", "everything kept about one participant, seen together"),
)
