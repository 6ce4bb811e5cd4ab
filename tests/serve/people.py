"""People of a shop and their browsers, for tests of the console."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from baihuo.access import AccountsFile, AccountStore, Passwords, Role
from baihuo.core import ShopPaths
from baihuo.serve.ids import now_us

PASSWORD = "copper lantern drifts north"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OWN = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


def accounts_of(shop: Path) -> AccountStore:
    return AccountStore(AccountsFile(ShopPaths(shop).accounts_file))


def make_account(
    shop: Path,
    name: str,
    role: Role,
    *,
    password: str = PASSWORD,
    hasher: PasswordHasher = CHEAP,
) -> None:
    password_hash = Passwords(hasher).hash(password)
    accounts_of(shop).create(name, role, at_us=now_us(), password_hash=password_hash)


def csrf_in(page: Any) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{128})"', page.text)
    assert found is not None, page.text[:3_000]
    return found[1]


class Browser:
    """Sends what a browser sends; several have one server and cookies of their own."""

    def __init__(self, client: TestClient, *, language: str = "en") -> None:
        self.http = TestClient(
            client.app,
            base_url=str(client.base_url),
            follow_redirects=False,
            headers={"Accept": "text/html", "Accept-Language": language},
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.http.get(path, headers=headers)

    def post(self, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> Any:
        return self.http.post(path, data=form, headers=OWN if headers is None else headers)

    def log_in(self, name: str, password: str = PASSWORD, *, wanted: str = "") -> Any:
        csrf = csrf_in(self.get(f"/console/login?next={wanted}"))
        form = {"csrf": csrf, "name": name, "password": password, "next": wanted}
        return self.post("/console/login", form)

    def logged_in(self, name: str) -> Browser:
        answer = self.log_in(name)
        assert answer.status_code == 303, answer.text[:2_000]
        return self

    @property
    def csrf(self) -> str:
        return csrf_in(self.get("/console"))

    @property
    def token(self) -> str:
        return str(self.http.cookies["baihuo-session"])

    def take_token(self, token: str) -> Browser:
        """Put a token into the browser that it was not given."""
        self.http.cookies.delete(
            "baihuo-session"
        ) if "baihuo-session" in self.http.cookies else None
        self.http.cookies.set("baihuo-session", token, domain="testserver.local")
        return self
