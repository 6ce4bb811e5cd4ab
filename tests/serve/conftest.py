"""Small shops, and servers on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.serve.people import CHEAP
from tests.serve.servers import Server, started
from tests.serve.small_shop import build, copied
from tests.waiting import wait_until_ready

from baihuo.serve import ServeConfig, create_app


@pytest.fixture(scope="module", autouse=True)
def _passwords_cost_little() -> Iterator[None]:
    """A hash is made to cost a part of a second; what is tested here is who may do what with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("baihuo.access.passwords.PasswordHasher", lambda: CHEAP)
        yield


@pytest.fixture(scope="session")
def built(made_once: Callable[..., Path], exported_encoders: Path) -> Path:
    """Made once for all processes; who writes takes a copy."""
    return made_once("shop", lambda shop: build(shop, exported_encoders))


@pytest.fixture(scope="session")
def bilingual(made_once: Callable[..., Path], exported_encoders: Path) -> Path:
    """The same with Chinese titles, for applications in this process, which loads the encoder once."""
    return made_once("bilingual", lambda shop: build(shop, exported_encoders, has_chinese=True))


@pytest.fixture
def shop(built: Path, tmp_path: Path) -> Path:
    return copied(built, tmp_path)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers as processes of their own; ends them with the test."""
    running: list[Server] = []

    def start(shop: Path, *, workers: int) -> Server:
        running.append(started(shop, workers=workers))
        return running[-1]

    yield start
    for server in running:
        server.clients.close()
        if server.process.poll() is None:
            server.process.terminate()
            server.process.wait(timeout=120)


@pytest.fixture(scope="module")
def pair(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two workers on one shop, for tests that each use products and visitors of their own."""
    shop = copied(built, tmp_path_factory.mktemp("pair"))
    server = started(shop, workers=2)
    server.shop = shop
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="module")
def client(bilingual: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An application for all tests of a file, which each use products and visitors of their own."""
    app = create_app(copied(bilingual, tmp_path_factory.mktemp("http")), ServeConfig(seed=1))
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client
