"""ZIP containers with the same bytes for the same contents, on any day and any machine."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence


def pack(members: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP of the members in their order, without dates, owners or comments."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            info.external_attr = 0
            archive.writestr(info, data, compresslevel=6)
    return out.getvalue()
