"""What an application holds open from its start to its end: keys, the worker, customer service and its desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from baihuo.core import ShopPaths
from baihuo.privacy import Pseudonyms
from baihuo.serve.api.access import Access
from baihuo.serve.api.desk_room import DeskRoom
from baihuo.serve.config import ServeConfig
from baihuo.serve.traffic.guard import Admission
from baihuo.serve.worker.assistant import Assistant
from baihuo.serve.worker.worker import Worker


@asynccontextmanager
async def opened(
    app: FastAPI, paths: ShopPaths, config: ServeConfig, admission: Admission
) -> AsyncIterator[None]:
    """Open the shop for ``app``, whose state has all of it, and close it at the end."""
    pseudonyms = Pseudonyms.of(paths.mask_key_file, config.privacy.ids)
    app.state.pseudonyms = pseudonyms
    app.state.access = access = Access(
        paths.root, config.visitors, pseudonyms.identities, config.console
    )
    app.state.worker = worker = Worker(paths.root, config, app.state.metrics, admission)
    app.state.assistant = assistant = Assistant(paths, config.assist, worker, app.state.metrics)
    app.state.desk = desk_room = DeskRoom(paths, config.desk, pseudonyms.text, assistant.suggester)
    assistant.is_attended = desk_room.is_attended
    worker.start()
    assistant.follow()
    await asyncio.to_thread(worker.wait_until_open, within_s=config.open_first_s)
    try:
        yield
    finally:
        desk_room.close()
        assistant.close()
        worker.close()
        if (console := getattr(app.state, "console", None)) is not None:
            console.logins.close()
        access.close()
