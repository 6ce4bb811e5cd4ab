"""All expected errors, as one tree.

ShopError
├── BadInput        a row, field or request that cannot be used as it is
│   └── BrokenFile  a whole file that cannot be read
├── NotFound        an id, file or folder that does not exist
├── Conflict        another process holds or changed it
├── QualityStop     the data failed checks that block training
├── GateClosed      a bundle failed its gate and was not released
├── CannotWrite     a file of the shop cannot be written now; nothing was acknowledged
│   └── DiskFull    because there is no room for it
└── Unsupported     not possible with this log, engine or installed extras

Caught only at the edges: the command line prints ``what`` and ``fix``; HTTP returns RFC 9457 problems.
"""

from __future__ import annotations


class ShopError(Exception):
    """The base of expected errors: ``what`` happened, and how to ``fix`` it."""

    status = 500  # HTTP status

    def __init__(self, what: str, *, fix: str) -> None:
        super().__init__(f"{what}\n  fix: {fix}")
        self.what, self.fix = what, fix


class BadInput(ShopError):
    """A row, field or request that cannot be used as it is."""

    status = 422


class BrokenFile(BadInput):
    """A file that cannot be read: truncated, wrong encoding, wrong format."""


class NotFound(ShopError):
    """An id, file or folder that does not exist."""

    status = 404


class Conflict(ShopError):
    """Another process holds it, or changed it meanwhile."""

    status = 409


class QualityStop(ShopError):
    """The data failed checks that block training; ``fix`` names the rule."""

    status = 409


class GateClosed(ShopError):
    """A bundle failed its gate; the reasons are in its ``gate.json``."""

    status = 409


class CannotWrite(ShopError):
    """A file of the shop cannot be written now: read-only, held by another process, or a failing disk."""

    status = 503
    retry_after_s = 5


class DiskFull(CannotWrite):
    """There is no room to write, or less than the reserve."""

    status = 507
    retry_after_s = 10


class Unsupported(ShopError):
    """Not possible here: no propensities in the log, or a missing extra."""

    status = 501
