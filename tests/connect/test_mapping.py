"""One mapping over several files: each takes what concerns it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.quality.chosen import few_checks
from typer.testing import CliRunner, Result

from baihuo import connect
from baihuo.cli.app import app
from baihuo.core import BadInput, ShopPaths


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    events, products = tmp_path / "events.csv", tmp_path / "products.csv"
    events.write_text("time,who,action,article\n2025-06-01 12:00:00,ann,click,A1\n")
    products.write_text("article,label,who\nA1,Lamp,nobody\n")
    return events, products


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words])


MAP = ("--map", "visitor_id=who", "--map", "product_id=article", "--map", "title=label")


def test_a_map_is_used_for_the_files_that_have_its_column(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    shop = tmp_path / "shop"
    done = run("import", *files, *MAP, "--shop", shop)
    assert done.exit_code == 0, done.exception
    kept = {r.kind: r.n_kept for r in connect.imports(ShopPaths(shop).raw)}
    assert kept == {"events": 1, "products": 1}
    of = {r.kind: r.options["mapping"] for r in connect.imports(ShopPaths(shop).raw)}
    assert of["products"] == {"visitor_id": "who", "product_id": "article", "title": "label"}
    assert of["events"] == {"visitor_id": "who", "product_id": "article"}
    done = run(
        "import", files[0], "--map", "visitor_id=who", "--map", "product_id=article", "--shop", shop
    )
    assert "imported before" in done.output


def test_a_map_that_no_file_knows_is_an_error_that_lists_their_columns(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    shop = tmp_path / "shop"
    done = run("import", *files, *MAP, "--map", "price=cost", "--shop", shop)
    assert isinstance(done.exception, BadInput)
    assert "'cost'" in done.exception.what
    assert "events.csv has time, who, action, article" in done.exception.fix
    assert "products.csv has article, label, who" in done.exception.fix
    assert connect.imports(ShopPaths(shop).raw) == []


def test_files_alone_are_checked_with_one_map_for_both(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    few_checks(tmp_path / "rules.yaml", "schema")
    rules = ("--rules", tmp_path / "rules.yaml")
    words = ("check", "--events", files[0], "--products", files[1], "--out", out, "--json", *rules)
    done = run(*words, *MAP)
    assert done.exit_code == 0, done.exception
    assert '"n_kept": 1' in done.stdout
    done = run(*words, *MAP, "--map", "price=cost")
    assert isinstance(done.exception, BadInput)


def test_a_name_with_blanks_is_shown_with_them(tmp_path: Path) -> None:
    line = '{" typ ": "click", "visitor_id": "v", "product_id": "p", "occurred_at": "2025-06-01 12:00:00"}\n'
    (tmp_path / "e.jsonl").write_text(line)
    words = ("import", tmp_path / "e.jsonl", "--shop", tmp_path / "shop", "--map")
    wrong = run(*words, "event_type=typ").exception
    assert isinstance(wrong, BadInput)
    assert "has ' typ ', occurred_at" in str(wrong)
    assert "columns are ' typ ', occurred_at" in str(run(*words[:-1]).exception)
    assert run(*words, "event_type= typ ").exit_code == 0


def test_keys_with_blanks_in_some_lines_take_nothing_from_the_others(tmp_path: Path) -> None:
    line = '{"%sevent_type%s": "click", "visitor_id": "v%d", "product_id": "p", "occurred_at": "2025-06-01 12:00:00"}\n'
    spaces = [" " if n % 5 == 0 else "" for n in range(20)]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(line % (s, s, n) for n, s in enumerate(spaces)))
    shop = tmp_path / "shop"
    done = run("import", file, "--shop", shop)
    assert done.exit_code == 0, done.exception
    assert [r.n_kept for r in connect.imports(ShopPaths(shop).raw)] == [20]


COLUMNS = ("bon", "sku", "name", "anzahl", "wann", "preis", "kundin")


@pytest.fixture
def purchases(tmp_path: Path) -> Path:
    """A till's log: each row has the product's id and name, and names of columns that nobody else uses."""
    lines = [",".join(COLUMNS)]
    lines += [
        f"{i // 4},A{i % 60},Lamp {i % 60},1,2025-06-{1 + i % 28:02} 12:00:00,9.90,k{i % 37}"
        for i in range(600)
    ]
    file = tmp_path / "log.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_a_log_with_names_and_odd_columns_is_not_taken_for_a_catalogue(
    purchases: Path, tmp_path: Path
) -> None:
    shop = tmp_path / "shop"
    refused = run("import", purchases, "--shop", shop).exception
    assert isinstance(refused, BadInput)
    assert "its first 600 titled rows are of 60 products" in refused.what
    assert "--map visitor_id=THEIR_COLUMN --map occurred_at_us=THEIR_COLUMN" in refused.fix
    assert "--kind products" in refused.fix
    assert connect.imports(ShopPaths(shop).raw) == []
    assert run("import", purchases, "--shop", shop, "--kind", "products").exit_code == 0


def test_a_map_of_a_visitor_says_that_a_file_is_a_log(purchases: Path, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    pairs = ("--map", "visitor_id=kundin", "--map", "occurred_at_us=wann")
    refused = run("import", purchases, "--shop", shop, *pairs).exception
    assert isinstance(refused, BadInput)
    assert "as events, it lacks event_type" in refused.what
    assert "a log of one type of event" in refused.fix
    lines = purchases.read_text().splitlines()
    named = [lines[0] + ",was", *(f"{line},purchase" for line in lines[1:])]
    purchases.write_text("\n".join(named))
    done = run("import", purchases, "--shop", shop, *pairs, "--map", "event_type=was")
    assert done.exit_code == 0, done.exception
    assert [(r.kind, r.n_kept) for r in connect.imports(ShopPaths(shop).raw)] == [("events", 600)]


def test_a_catalogue_whose_variants_have_rows_of_their_own_is_a_catalogue(tmp_path: Path) -> None:
    rows = [f"lamp-{i // 5},{f'Lamp {i // 5}' if i % 5 == 0 else ''},{i}" for i in range(200)]
    (tmp_path / "export.csv").write_text("\n".join(["Handle,Title,Price", *rows]))
    done = run("import", tmp_path / "export.csv", "--shop", tmp_path / "shop")
    assert done.exit_code == 0, done.exception
