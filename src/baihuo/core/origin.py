"""Web origins."""

from __future__ import annotations

import re

from baihuo.core.errors import BadInput

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(rf"(https?://)?({_LABEL}(?:\.{_LABEL})*)(:[0-9]{{1,5}})?")


def web_origin(host: str) -> str:
    """``cdn.example.com`` as an origin, ``https://cdn.example.com``; ``http://`` only if it is given.

    Raises:
        BadInput: not a host: a path, a wildcard, an invalid name.
    """
    found = _ORIGIN.fullmatch(host.strip().lower())
    if found is None:
        raise BadInput(
            f"{host[:100]!r} is not a host",
            fix="write only the host: cdn.example.com, or cdn.example.com:8443",
        )
    scheme, name, port = found.groups()
    return f"{scheme or 'https://'}{name}{port or ''}"
