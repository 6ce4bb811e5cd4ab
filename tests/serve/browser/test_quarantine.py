"""The quarantine page in a real browser: by keyboard alone, on a phone."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serve.browser.conftest import CHROMIUM
from tests.serve.people import PASSWORD, make_account
from tests.serve.test_quality_api import make_quarantined
from tests.waiting import wait_until

from baihuo.access import Role, read_entries
from baihuo.core import ShopPaths

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="needs Debian's chromium: apt-get install chromium"
)
_RUN = """
import sys
from pathlib import Path
from baihuo.serve import ServeConfig, run
run(Path(sys.argv[1]), port=int(sys.argv[2]), config=ServeConfig(seed=1))
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose event 2:4 bought nothing; nothing was released yet."""
    folder = tmp_path_factory.mktemp("quarantine")
    make_quarantined(folder)
    make_account(folder, "carol", Role.MERCHANDISER)
    return folder


@pytest.fixture(scope="module")
def url(shop: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", _RUN, str(shop), str(port)])

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=30).is_success
        except httpx.TransportError:
            return False

    try:
        wait_until(answers, every_s=0.1)
        yield f"http://127.0.0.1:{port}/console"
    finally:
        process.terminate()
        process.wait(timeout=60)


def test_a_row_is_previewed_and_fixed_by_keyboard_on_a_phone(
    shop: Path, url: str, browser: Any
) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 740}, locale="en-GB")
    page, complaints = context.new_page(), []
    page.set_default_timeout(120_000)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.goto(f"{url}/login?next=%2Fconsole%2Fquarantine")
    page.wait_for_selector("#name:focus")  # letters typed before would be lost
    page.keyboard.type("carol")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#rows-heading")
    assert "quantity: 0" in page.text_content("mark")
    assert_fits(page)
    page.focus(".rows.found a")
    page.keyboard.press("Enter")
    page.wait_for_selector("#why")
    assert_fits(page)
    assert page.get_attribute(".is-at-fault input", "id") == "v-quantity"
    page.focus("#v-quantity")
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Enter")  # previews: nothing that cannot be taken back
    page.wait_for_selector("#preview")
    assert "This row would be used" in page.text_content("#preview")
    assert page.input_value("#v-quantity") == "2"
    assert_fits(page)
    page.focus("button[formaction$='/fix']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem")
    assert "no reason was given" in page.text_content("#problem")
    page.focus("#why")
    page.keyboard.type("the till")
    page.focus("button[formaction$='/fix']")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")
    assert "The fixed row was sent in" in page.text_content("[role=status]")
    [entry] = read_entries(ShopPaths(shop).audit_file, action="quarantine")
    assert (entry.actor, entry.subject) == ("person carol", "2:4")
    assert complaints == []
    context.close()


def assert_fits(page: Any) -> None:
    """No sideways scrolling, one heading, and a label for every field."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    unlabelled = (
        "[...document.querySelectorAll('input:not([type=hidden]), textarea')]"
        ".filter(i => !i.labels.length && !i.ariaLabel).map(i => i.id)"
    )
    assert page.evaluate(unlabelled) == []
