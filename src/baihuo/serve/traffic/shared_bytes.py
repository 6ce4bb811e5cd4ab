"""An answer that is the same for everybody: made rarely, in a thread, however many ask for it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable


class SharedBytes:
    """Bytes that are made at most once in ``for_s`` seconds. Who asks meanwhile gets those that are there."""

    def __init__(self, make: Callable[[], bytes], *, for_s: float = math.inf) -> None:
        self._make, self._for_s = make, for_s
        self._making = asyncio.Lock()
        self._made: tuple[float, bytes] | None = None

    async def get(self) -> bytes:
        """The bytes. One request makes them, and all others go on meanwhile."""
        async with self._making:
            if self._made is None or time.monotonic() - self._made[0] >= self._for_s:
                made = await asyncio.to_thread(self._make)
                self._made = (time.monotonic(), made)
            return self._made[1]
