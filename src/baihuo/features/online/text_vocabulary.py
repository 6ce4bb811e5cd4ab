"""Visitors and queries as small integers, so that counters can be arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


class TextVocabulary:
    """Texts as small integers, from 1; 0 is unknown. Codes of dropped texts are reused."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        """``texts`` get the codes 1, 2, … and are never dropped."""
        self._code = {text: i for i, text in enumerate(texts, start=1)}
        self._new: dict[int, str] = {}
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._code)

    def get(self, text: str) -> int:
        return self._code.get(text, 0)

    def code(self, text: str) -> int:
        code = self._code.get(text)
        if code is None:
            code = self._free.pop() if self._free else len(self._code) + 1
            self._code[text] = code
            self._new[code] = text
        return code

    @property
    def n_new(self) -> int:
        """Number of codes given since."""
        return len(self._new)

    def texts(self) -> dict[int, str]:
        """Every text by its code."""
        return {code: text for text, code in self._code.items()}

    def new(self) -> NDArray[np.intp]:
        """Return codes given since."""
        return np.fromiter(self._new, np.intp, len(self._new))

    def rename(self, text: str, new_text: str) -> None:
        """Give the code of ``text`` another text; an unknown text changes nothing."""
        code = self._code.pop(text, None)
        if code is not None:
            self._code[new_text] = code
            if code in self._new:
                self._new[code] = new_text

    def drop(self, codes: Iterable[int]) -> None:
        for code in codes:
            del self._code[self._new.pop(code)]
            self._free.append(code)
