"""Clusters: a union-find whose groups remember what must never come together."""

from __future__ import annotations


class Clusters:
    """Groups of numbered items; some pairs are barred from ever being in one group."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))
        self._members = [{i} for i in range(count)]
        self._barred: list[set[int]] = [set() for _ in range(count)]

    def find(self, item: int) -> int:
        """The group of an item."""
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def bar(self, first: int, second: int) -> None:
        """Keep two items apart, unless they are one already."""
        a, b = self.find(first), self.find(second)
        if a != b:
            self._barred[a].add(second)
            self._barred[b].add(first)

    def barred(self, first: int, second: int) -> bool:
        """Whether the groups of two items are to be kept apart."""
        a, b = self.find(first), self.find(second)
        return any(self.find(x) == b for x in self._barred[a]) or any(self.find(x) == a for x in self._barred[b])

    def join(self, first: int, second: int) -> bool:
        """Make two groups one; False where that is barred."""
        a, b = self.find(first), self.find(second)
        if a == b:
            return True
        if self.barred(a, b):
            return False
        a, b = min(a, b), max(a, b)
        self._parent[b] = a
        self._members[a] |= self._members[b]
        self._barred[a] |= self._barred[b]
        return True

    def members(self, item: int) -> list[int]:
        """All items of an item's group, sorted."""
        return sorted(self._members[self.find(item)])
