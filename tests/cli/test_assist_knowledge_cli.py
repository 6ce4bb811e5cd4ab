"""``baihuo assist import`` and ``check``, as a shop's people type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from baihuo.assist import KnowledgeStore, read_pairs
from baihuo.cli.app import app
from baihuo.core import ShopError

CONVERSATIONS = """conversation_id,at,author,text
v-138,2024-05-01T09:00:00Z,shopper,"my number is 138 1234 5678, how can I pay?"
v-138,2024-05-01T09:01:00Z,desk,"Pay by card, or at the door in cash."
v-139,2024-05-01T09:00:00Z,shopper,do you sell kites to schools?
v-140,yesterday,desk,hello
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["assist", *map(str, arguments)])


def test_files_are_imported_an_import_again_updates_and_a_source_is_forgotten(
    shop: Path, tmp_path: Path
) -> None:
    faq = tmp_path / "faq.md"
    faq.write_text("# May I return it?\nWithin 30 days.\n# Is it free?\n", encoding="utf-8")
    done = run("import", faq, "--shop", shop)
    assert done.exit_code == 0, done.output
    assert "faq.md: 2 rows, 1 entries (1 new, 0 changed, 0 removed)" in done.stdout
    assert "row 3, answer" in done.stdout
    faq.write_text("# May I return it?\nWithin 14 days.\n", encoding="utf-8")
    fields = json.loads(run("import", faq, "--shop", shop, "--json").stdout)[0]
    assert (fields["new"], fields["changed"], fields["problems"]) == (0, 1, [])
    assert run("import", "--remove", "faq.md", "--shop", shop).exit_code == 0
    store = KnowledgeStore(shop / "8-assist" / "knowledge.sqlite")
    assert len(store) == 0
    store.close()


def test_past_conversations_leave_no_person_in_any_file(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "chats.csv"
    file.write_text(CONVERSATIONS, encoding="utf-8")
    done = run("import", file, "--shop", shop)
    assert "masked 1: phone" in done.stdout
    assert "row 5, at: 'yesterday'" in done.stdout
    for path in (shop / "8-assist").rglob("*"):
        if path.is_file():
            assert b"138 1234" not in path.read_bytes()
            assert b"v-138" not in path.read_bytes()
            assert path.stat().st_mode & 0o077 == 0
    pairs = list(read_pairs(shop / "8-assist" / "examples" / "answers"))
    assert [p.answer for p in pairs] == ["Pay by card, or at the door in cash."]
    checked = run("check", "--shop", shop)
    assert "unanswered: 'do you sell kites to schools?' was asked 1 time" in checked.stdout


def test_a_check_names_what_contradicts_and_fails_where_it_is_asked_to(
    shop: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("question,answer\nReturn when?,30 days\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("问题,答案\nReturn when?,7 days\n", encoding="utf-8")
    assert run("check", "--shop", shop, "--fail").exit_code == 0
    run("import", tmp_path / "a.csv", tmp_path / "b.csv", "--shop", shop)
    done = run("check", "--shop", shop, "--fail")
    assert done.exit_code == 3
    assert "contradiction: 'Return when?': 30 against 7 (day)" in done.stdout
    found = json.loads(run("check", "--shop", shop, "--json").stdout)
    assert found["counts"] == {"contradiction": 1}


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("gone.md", None, "no file"),
        ("a.pdf", b"x", "no format that is known"),
        ("a.txt", b"x", "no format that is known"),
        ("a.md", b"\xff\xfe\x00", "no UTF-8"),
        ("a.json", b"[", "no JSON"),
        ("a.csv", b"question,price\n", "no column 'answer'"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_written(
    shop: Path, tmp_path: Path, name: str, content: bytes | None, what: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = run("import", tmp_path / name, "--shop", shop)
    assert isinstance(done.exception, ShopError)
    assert what in done.exception.what
    assert name in done.exception.what
    assert not (shop / "8-assist").exists()


def test_options_that_do_not_go_together_say_so(shop: Path, tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("# A?\nb\n", encoding="utf-8")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.md").write_text("# A?\nb\n", encoding="utf-8")
    files = (tmp_path / "a.md", tmp_path / "b.md")
    assert "--source needs one file" in str(
        run("import", *files, "--source", "x", "--shop", shop).exception
    )
    twice = run("import", files[0], tmp_path / "c" / "a.md", "--shop", shop)
    assert "two files are called 'a.md'" in str(twice.exception)
    assert "give a file" in str(run("import", "--shop", shop).exception)
    assert "--as-of 'soon'" in str(
        run("import", files[0], "--as-of", "soon", "--shop", shop).exception
    )
    assert "no shop" in str(run("import", files[0], "--shop", tmp_path / "none").exception)
