"""Numbers for names, given in the order they are first seen and never taken back."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)


class Vocabulary(Generic[Name]):
    """Codes 0, 1, 2, … for names. It only grows, so a reader may keep using it while a writer adds."""

    def __init__(self, names: Iterable[Name] = ()) -> None:
        self.names: list[Name] = []
        self._codes: dict[Name, int] = {}
        for name in names:
            self.code(name)

    def code(self, name: Name) -> int:
        """The code of ``name``, a new one if it has none. For the one writer."""
        known = self._codes.get(name)
        if known is None:
            known = len(self.names)
            self.names.append(name)  # before its code can be found
            self._codes[name] = known
        return known

    def find(self, name: Name) -> int:
        """The code of ``name``, or -1."""
        return self._codes.get(name, -1)

    def __len__(self) -> int:
        return len(self.names)
