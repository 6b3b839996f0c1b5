"""A lossy file system in memory: what was not made durable may be lost, torn, or nameless after a reboot."""

from __future__ import annotations

import contextlib
import copy
import errno
from pathlib import Path

REBOOTS = ("lost", "kept", "torn", "names lost", "data lost")


class Crash(BaseException):
    """The power went."""


class SimFs:
    """Implements anonymizer.keystore.fs.Fs.

    A file has what was written and what is durable; so have the names. ``crash_at`` stops before that step;
    ``fail_at`` makes that step fail with ``error`` and goes on.
    """

    def __init__(self):
        self.data, self.durable = {}, {}
        self.names_now, self.names_durable = {}, {}
        self.next_inode = 0
        self.step = 0
        self.crash_at = None
        self.fail_at = None
        self.error = errno.ENOSPC
        self.steps = []

    def clone(self):
        """An independent copy, its steps counted from 0."""
        other = copy.deepcopy(self)
        other.step, other.crash_at, other.fail_at, other.steps = 0, None, None, []
        return other

    def _tick(self, what, path):
        if self.crash_at is not None and self.step >= self.crash_at:
            raise Crash
        failing = self.fail_at is not None and self.step == self.fail_at
        self.step += 1
        self.steps.append((what, Path(path).name))
        if failing:
            raise OSError(self.error, "injected")

    def _inode(self, path):
        try:
            return self.names_now[Path(path)]
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, "no such file") from None

    def exists(self, path):
        return Path(path) in self.names_now

    def read(self, path, limit):
        data = self.data[self._inode(path)]
        if len(data) > limit:
            from anonymizer.errors import DamagedError

            raise DamagedError("too large", file=path)
        return data

    def create(self, path, data):
        self._tick("create", path)
        if self.exists(path):
            raise FileExistsError(errno.EEXIST, "exists")
        self.next_inode += 1
        self.names_now[Path(path)] = self.next_inode
        self.data[self.next_inode] = data
        self.durable[self.next_inode] = b""

    def overwrite(self, path, offset, data):
        self._tick("overwrite", path)
        inode = self._inode(path)
        old = self.data[inode]
        self.data[inode] = old[:offset] + data + old[offset + len(data) :]

    def append(self, path, offset, data):
        self._tick("append", path)
        if not self.exists(path):
            self.next_inode += 1
            self.names_now[Path(path)] = self.next_inode
            self.data[self.next_inode] = self.durable[self.next_inode] = b""
        inode = self._inode(path)
        self.data[inode] = self.data[inode][:offset] + data

    def fsync(self, path):
        self._tick("fsync", path)
        inode = self._inode(path)
        self.durable[inode] = self.data[inode]

    def fsync_folder(self, folder):
        self._tick("fsync folder", folder)
        folder = Path(folder)
        for names in (dict(self.names_now), dict(self.names_durable)):
            for path in names:
                if path.parent == folder:
                    if path in self.names_now:
                        self.names_durable[path] = self.names_now[path]
                    else:
                        self.names_durable.pop(path, None)

    def replace(self, source, target):
        self._tick("replace", target)
        self.names_now[Path(target)] = self.names_now.pop(Path(source))

    def unlink(self, path):
        self._tick("unlink", path)
        self._inode(path)
        del self.names_now[Path(path)]

    def names(self, folder):
        return tuple(sorted(path.name for path in self.names_now if path.parent == Path(folder)))

    def make_folder(self, folder):
        """Folders are always there."""

    def lock(self, path):
        return contextlib.nullcontext()

    def reboot(self, how):
        """A new file system as it may be found after the power came back."""
        other = self.clone()
        if how in ("lost", "names lost"):
            other.names_now = dict(self.names_durable)
        for inode, now in self.data.items():
            durable = self.durable[inode]
            if now == durable or how in ("kept", "names lost"):
                other.data[inode] = now
            elif how in ("lost", "data lost"):
                other.data[inode] = durable
            else:
                other.data[inode] = _torn(durable, now)
        other.names_durable = dict(other.names_now)
        other.durable = dict(other.data)
        return other


def _torn(durable, now):
    """The first half of what changed arrived."""
    first = next((i for i, (a, b) in enumerate(zip(durable, now, strict=False)) if a != b), min(len(durable), len(now)))
    cut = first + (len(now) - first) // 2
    return now[:cut] + durable[cut:]
