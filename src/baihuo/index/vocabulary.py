"""Integer codes for names, in order of first appearance; codes never change."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)


class Vocabulary(Generic[Name]):
    """Codes 0, 1, 2, … for names. It only grows, so readers can use it while a writer adds names."""

    def __init__(self, names: Iterable[Name] = ()) -> None:
        # Not by ``code``: an index that is opened has a hundred thousand names.
        self.names: list[Name] = list(dict.fromkeys(names))
        self._codes: dict[Name, int] = dict(zip(self.names, range(len(self.names)), strict=True))

    def code(self, name: Name) -> int:
        """The code of ``name``, a new one if it has none. Only for the single writer."""
        known = self._codes.get(name)
        if known is None:
            known = len(self.names)
            self.names.append(name)  # before the code becomes visible
            self._codes[name] = known
        return known

    def find(self, name: Name) -> int:
        """The code of ``name``, or -1."""
        return self._codes.get(name, -1)

    def __len__(self) -> int:
        return len(self.names)
