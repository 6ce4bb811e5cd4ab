"""The shipped proxy in front of a server: TLS, HSTS, limits, and what it keeps to itself."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.serve.people import PASSWORD, csrf_in, make_account
from tests.serve.servers import Server, started
from tests.serve.small_shop import copied
from tests.waiting import wait_until

from baihuo import flow
from baihuo.access import Role, Scope
from baihuo.settings import Shop

CADDYFILE = Path(__file__).resolve().parents[2] / "deploy" / "Caddyfile"
pytestmark = pytest.mark.skipif(
    shutil.which("caddy") is None, reason="needs Debian's caddy: apt-get install caddy"
)


@dataclass
class Proxy:
    https: int
    http: int
    root: Path  # the certificate that its own are signed by
    shop: Path

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.root))

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"https://localhost:{self.https}", verify=self.context(), timeout=60
        )


@pytest.fixture(scope="module")
def proxy(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("proxy")
    shop = copied(built, folder)
    flow.create_key(Shop(shop), "ops", [Scope.ADMIN])  # or nothing that is forwarded is answered
    server: Server = started(shop, workers=1)
    https, http = _free(), _free()
    environment = {
        **os.environ,
        "BAIHUO_HOST": "localhost",
        "BAIHUO_UPSTREAM": server.url.removeprefix("http://"),
        "BAIHUO_HTTPS_PORT": str(https),
        "BAIHUO_HTTP_PORT": str(http),
        "BAIHUO_HEADER_TIMEOUT": "2s",
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "CADDY_ADMIN": f"unix/{folder}/admin.sock",
    }
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(CADDYFILE)]
    log = (folder / "caddy.log").open("wb")
    process = subprocess.Popen(command, env=environment, stderr=log, stdout=log)
    root = folder / "data" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    made = Proxy(https, http, root, shop)

    def is_up() -> bool:
        assert process.poll() is None, (folder / "caddy.log").read_text()
        try:
            with made.client() as client:
                return client.get("/healthz").is_success
        except (OSError, httpx.HTTPError):
            return False

    try:
        wait_until(is_up, within_s=120, every_s=0.2)
        yield made
    finally:
        process.terminate()
        process.wait(timeout=60)
        log.close()
        server.stop()


def test_pages_come_over_tls_with_hsts_and_a_cookie_for_tls_alone(proxy: Proxy) -> None:
    with proxy.client() as client:
        page = client.get("/")
    assert page.is_success
    assert page.headers["strict-transport-security"].startswith("max-age=31536000")
    assert "server" not in page.headers
    cookie = next(c for c in page.headers.get_list("set-cookie") if c.startswith("visitor="))
    assert {"secure", "httponly"} <= {part.strip().lower() for part in cookie.split(";")}


def test_people_log_in_over_tls_with_a_cookie_that_is_bound_to_the_host(proxy: Proxy) -> None:
    make_account(proxy.shop, "ann", Role.VIEWER)
    with proxy.client() as client:
        form = {"name": "ann", "password": PASSWORD}
        form["csrf"] = csrf_in(client.get("/console/login"))
        origins = (f"http://localhost:{proxy.https}", "https://localhost")
        for origin in origins:  # not encrypted, and another port
            answer = client.post("/console/login", data=form, headers={"Origin": origin})
            assert answer.status_code == 403
        own = {"Origin": f"https://localhost:{proxy.https}", "Sec-Fetch-Site": "same-origin"}
        answer = client.post("/console/login", data=form, headers=own)
        cookie = next(c for c in answer.headers.get_list("set-cookie") if "session" in c)
        assert cookie.startswith("__Host-baihuo-session=")
        assert {"secure", "httponly", "path=/"} <= {p.strip().lower() for p in cookie.split(";")}
        page = client.get(answer.headers["location"])
        assert "ann" in page.text
        assert page.headers["cache-control"] == "no-store"


def test_plain_http_is_sent_to_tls(proxy: Proxy) -> None:
    answer = httpx.get(f"http://localhost:{proxy.http}/search?q=lamp", follow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["location"].startswith("https://localhost")


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_is_for_operators_stays_inside(proxy: Proxy, path: str) -> None:
    with proxy.client() as client:
        assert client.get(path).status_code == 404
        assert client.get("/healthz").is_success


def test_a_huge_body_and_huge_headers_are_refused(proxy: Proxy) -> None:
    with proxy.client() as client:
        big = client.post("/v1/events", content=b"x" * (9 * 2**20))
        assert big.status_code == 413
        largest = client.post("/v1/events", content=b"x" * (8 * 10**6 - 1))
        assert largest.status_code == 413  # by the server, in its own words
        assert "larger than 4 MB" in largest.json()["detail"]
        wide = client.get("/", headers={"X-Much": "x" * 40_000})
        assert wide.status_code in (400, 431)
        assert client.get("/healthz").is_success


def test_a_huge_body_without_a_length_is_cut_off(proxy: Proxy) -> None:
    chunks = (b"x" * 2**20 for _ in range(30))
    with proxy.client() as client:
        assert client.post("/v1/events", content=chunks).status_code in (413, 502)
        assert client.get("/healthz").is_success


def test_who_sends_headers_slowly_is_hung_up_on_and_others_are_served(proxy: Proxy) -> None:
    slow = []
    for _ in range(50):
        plain = socket.create_connection(("localhost", proxy.https), timeout=60)
        tls = proxy.context().wrap_socket(plain, server_hostname="localhost")
        tls.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        slow.append(tls)
    with proxy.client() as client:
        assert client.get("/healthz").is_success
    start = time.monotonic()
    with suppress(OSError):  # hung up on with a reset
        slow[0].recv(1000)
    assert time.monotonic() - start < 50
    for one in slow:
        one.close()


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
