"""The log of a server: one JSON object a line, or coloured lines on a terminal.

Records of all libraries have one format, with the request's id. The access log has no visitor, address or typed text.
"""

from __future__ import annotations

import logging
import random
import re
import sys
from typing import Any, Literal

import orjson
import structlog
from pydantic import Field

from baihuo.core import SettingsSection

REQUEST_ID_HEADER = b"x-request-id"
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_RANDOM = random.Random()  # these ids need not be unguessable; system randomness costs 16 µs each
_OURS = ("baihuo", "uvicorn")  # other libraries may log queries at INFO


class LogSettings(SettingsSection):
    """The log of the server, on standard output."""

    format: Literal["auto", "json", "console"] = Field(
        default="auto",
        description="`json`: an object a line; `console`: lines for people; `auto`: the latter on a terminal.",
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level that is written."
    )
    access: bool = Field(
        default=True,
        description="A line for each request: method, route, status, times, bytes, the name of the key; no address, visitor or query.",
    )


def set_up_log(settings: LogSettings) -> None:
    """Make this process log as the settings say. For processes of a server: other programs set up their own log."""
    is_json = settings.format == "json" or (settings.format == "auto" and not sys.stdout.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    level = getattr(logging, settings.level.upper())
    if is_json:
        # Frames without their variables: those hold what visitors typed.
        traces = structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        )
        last: list[structlog.typing.Processor] = [traces, structlog.processors.JSONRenderer(_json)]
        own = structlog.BytesLoggerFactory(sys.stdout.buffer)
        structlog.configure(
            processors=[*shared, traces, structlog.processors.JSONRenderer(_json_bytes)],
            wrapper_class=structlog.make_filtering_bound_logger(level),
            logger_factory=own,
            cache_logger_on_first_use=True,
        )
    else:
        console = structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        last = [console]
        structlog.configure(
            processors=[*shared, console],
            wrapper_class=structlog.make_filtering_bound_logger(level),
            logger_factory=structlog.PrintLoggerFactory(sys.stdout),
            cache_logger_on_first_use=True,
        )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers, root.level = [handler], max(level, logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)


def request_id(sent: bytes | None) -> str:
    """The id of a request: the one that a proxy or client sent, if it has 8 to 64 letters, digits, dots, dashes or underscores; else
    a random one."""
    if sent is not None and _REQUEST_ID.fullmatch(sent):
        return sent.decode()
    return f"{_RANDOM.getrandbits(64):016x}"


class AccessLog:
    """Writes a line for each request after its answer."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("baihuo.access")

    def __call__(self, *, status: int, **fields: Any) -> None:
        """Write a line. A failure of ours is an error; a refusal for want of room is a warning.

        Args:
            fields: Written unless None.
        """
        given = {name: value for name, value in fields.items() if value is not None}
        if status >= 500 and status not in (503, 507):
            self._log.error("request", status=status, **given)
        elif status >= 500:
            self._log.warning("request", status=status, **given)
        else:
            self._log.info("request", status=status, **given)


def _json_bytes(record: Any, default: Any = None) -> bytes:
    return orjson.dumps(record, default=str, option=orjson.OPT_NON_STR_KEYS)


def _json(record: Any, default: Any = None) -> str:
    return _json_bytes(record).decode()
