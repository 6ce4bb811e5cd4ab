"""Every error a person may meet, as one tree.

ShopError
├── BadInput        a row, field or request that cannot be used as it is
│   └── BrokenFile  a whole file that cannot be read
├── NotFound        an id, file or folder that is not there
├── Conflict        somebody else holds or changed it
├── QualityStop     the data failed the checks that guard training
├── GateClosed      a bundle failed its gate and was not released
└── Unsupported     this log, engine or extra cannot answer the question

Caught at the edges only: the command line prints ``what`` and ``fix``; HTTP answers RFC 9457.
"""

from __future__ import annotations


class ShopError(Exception):
    """Says what happened and how to put it right."""

    status = 500  # the HTTP status at the edge

    def __init__(self, what: str, *, fix: str) -> None:
        super().__init__(f"{what}\n  fix: {fix}")
        self.what, self.fix = what, fix


class BadInput(ShopError):
    """A row, field or request that cannot be used as it is."""

    status = 422


class BrokenFile(BadInput):
    """A file that cannot be read at all: cut, wrong encoding, wrong format."""


class NotFound(ShopError):
    """An id, file or folder that is not there."""

    status = 404


class Conflict(ShopError):
    """Another process holds it, or it changed under us."""

    status = 409


class QualityStop(ShopError):
    """The data failed the checks that guard training; ``fix`` names the rule to look at."""

    status = 409


class GateClosed(ShopError):
    """A bundle failed its gate; the reasons stand in its ``gate.json``."""

    status = 409


class Unsupported(ShopError):
    """The question has no honest answer here (no propensities, a missing extra)."""

    status = 501
