"""``baihuo llm`` at a shop: attributes, grades, searches and rewrites, with a model that answers by a rule."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from tests.cli.test_labels_cli import KINDS, build
from tests.llm.chat_server import chat_server
from typer.testing import CliRunner, Result

from baihuo import flow
from baihuo.catalog import Catalog
from baihuo.cli.app import app
from baihuo.core import BadInput, NotFound, Product, ShopPaths
from baihuo.settings import Shop


@pytest.fixture(scope="session")
def made_for_llm(made_once: Callable[..., Path], linked_encoders: Callable[[Path], Path]) -> Path:
    return made_once("llm_shop", lambda shop: build(shop, linked_encoders))


@pytest.fixture
def shop(made_for_llm: Path, copied: Callable[[Path, Path], Path], tmp_path: Path) -> Path:
    return copied(made_for_llm, tmp_path / "shop")


def rule(text: str) -> str | dict[str, float]:
    """Knows products by their first line; fills in colours; searches with the last word of the kind."""
    title = text.split("Title: ")[-1].split("\n")[0]
    if text.startswith("Product: "):
        product, _, question = text.partition("\nQuestion: Is this product a ")
        asked = question.removesuffix("? Answer Yes or No.")
        return (
            {"yes": 0.9, "no": 0.1}
            if asked.split(" m")[0] in product
            else {"yes": 0.05, "no": 0.95}
        )
    if "Attributes:" in text:
        return json.dumps({"color": title.split()[-1], "shape": "round"})
    if text.startswith("Kind of goods: "):
        kind = text.removeprefix("Kind of goods: ").split("\n")[0].rsplit(" > ", 1)[-1]
        if kind == KINDS[1]:
            return json.dumps({"english": [kind] * 8, "chinese": 7})  # names it, which is refused
        english = [f"a {n}th {crc32(kind.encode()) % 97} trouble; at home" for n in range(8)]
        return json.dumps({"english": english, "chinese": ["在家"] * 8})
    if "Write three" in text:
        return json.dumps({"queries": [" ".join(title.split()[1:3]), "zzz", "norda"]})
    return json.dumps({"search": "tea kettle"})


@pytest.fixture
def model(shop: Path) -> Iterator[list[dict[str, Any]]]:
    with chat_server(rule) as (address, requests):
        ShopPaths(shop).settings_file.write_text(f"llm: {{address: '{address}'}}\n")
        yield requests


def run(shop: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["llm", *map(str, words), "--shop", str(shop)])


def counts_of(result: Result) -> dict[str, Any]:
    assert result.exception is None, result.output
    return dict(json.loads(result.stdout))


def judge(shop: Path, right: Callable[[str, str], int]) -> None:
    with ShopPaths(shop).ratings.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["query", "docid", "rating"])
        for at in range(24):
            query = KINDS[at % 4] if at < 4 else f"{KINDS[at % 4]} m{at}"
            for product in range(at % 4, 48, 3):
                rows.writerow([query, f"p{product}", right(query, KINDS[product % 4])])


def test_it_is_off_until_a_model_is_named(shop: Path) -> None:
    result = run(shop, "attributes")
    assert isinstance(result.exception, NotFound)
    assert "llm.gguf" in result.exception.fix


def test_the_hash_of_the_settings_must_be_that_of_the_file(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF....")
    ShopPaths(shop).settings_file.write_text(
        f"llm: {{gguf: '{tmp_path / 'm.gguf'}', sha256: '{'0' * 64}'}}\n"
    )
    assert isinstance(run(shop, "attributes").exception, BadInput)


def test_attributes_come_from_the_listing_and_reach_the_index(
    shop: Path, model: list[dict[str, Any]]
) -> None:
    catalog = Catalog(ShopPaths(shop).catalog)
    mugs = [
        Product(
            product_id=f"mug{i}",
            title_en=f"Norda mug {color}",
            category=("Mugs",),
            price_minor=100,
            currency="EUR",
            attributes={"color": color.title()} if i < 4 else {},
        )
        for i, color in enumerate(("red", "blue", "green", "white", "turquoise", "crimson"))
    ]
    catalog.upsert(mugs)
    catalog.close()
    counts = counts_of(run(shop, "attributes"))
    assert (counts["results"], counts["values"]) == (2, 2)
    assert "shape" not in ShopPaths(shop).extracted_attributes.read_text()
    before = flow.make_index(Shop(shop))
    settings = ShopPaths(shop).settings_file
    settings.write_text(settings.read_text().replace("}", ", attributes: true}"))
    after = flow.make_index(Shop(shop))
    found = flow.open_index(Shop(shop), after)
    assert before != after
    assert found.product(found.row_of["mug5"]).attributes == {"color": "crimson"}
    assert found.product(found.row_of["mug0"]).attributes == {"color": "Red"}
    counts = counts_of(run(shop, "attributes"))
    assert (counts["from_cache"], counts["asked"]) == (2, 0)


def test_pairs_are_graded_where_people_and_model_agree(
    shop: Path, model: list[dict[str, Any]]
) -> None:
    judge(shop, lambda query, kind: 3 if query.startswith(kind) else 0)
    result = run(shop, "grades", "--json")
    assert result.exception is None, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert rows, result.output
    judged = {tuple(r.split(",")[:2]) for r in ShopPaths(shop).ratings.read_text().splitlines()}
    for row in rows:
        assert (row["query"], row["product_id"]) not in judged


def test_a_model_that_disagrees_grades_nothing(shop: Path, model: list[dict[str, Any]]) -> None:
    judge(shop, lambda query, kind: 3 * (crc32((query + kind).encode()) % 2))
    ShopPaths(shop).llm.mkdir(parents=True)
    (ShopPaths(shop).llm / "grades.jsonl").write_text("of an earlier model, that agreed\n")
    result = run(shop, "grades")
    counts = json.loads(result.stdout)
    assert not counts["agreement"]["is_usable"]
    assert "nothing was graded" in result.stderr
    assert not (ShopPaths(shop).llm / "grades.jsonl").exists()


def test_without_people_no_model_is_believed(shop: Path, model: list[dict[str, Any]]) -> None:
    assert isinstance(run(shop, "grades").exception, NotFound)
    assert not model


def test_searches_that_find_their_product_are_kept(shop: Path, model: list[dict[str, Any]]) -> None:
    result = run(shop, "queries", "--most", "8", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {r["query"] for r in rows} <= {*KINDS, "norda"}
    assert len({r["product_id"] for r in rows}) == 8


def test_rewrites_are_proposed_to_a_person(shop: Path, model: list[dict[str, Any]]) -> None:
    counts = counts_of(run(shop, "rewrites"))
    assert counts["find_something_now"] == 0  # every search of this log finds something
    assert "Read each line" in (ShopPaths(shop).llm / "synonyms.txt").read_text()


def test_people_who_graded_all_alike_are_a_named_error(
    shop: Path, model: list[dict[str, Any]]
) -> None:
    judge(shop, lambda *_: 3)
    error = run(shop, "grades").exception
    assert isinstance(error, BadInput)
    assert "graded all of the" in error.what
    assert "baihuo label next" in error.fix


def test_a_budget_that_reaches_no_judged_pair_is_a_named_error(
    shop: Path, model: list[dict[str, Any]]
) -> None:
    judge(shop, lambda query, kind: 3 if query.startswith(kind) else 0)
    settings = ShopPaths(shop).settings_file
    settings.write_text(settings.read_text().replace("}", ", minutes: 1.0e-9}"))
    error = run(shop, "grades").exception
    assert isinstance(error, BadInput)
    assert "llm.minutes" in error.fix


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"product_id": "p1"}', b"\xff"])
def test_a_damaged_line_of_attributes_is_named(shop: Path, line: bytes) -> None:
    ShopPaths(shop).settings_file.write_text("llm: {attributes: true}\n")
    file = ShopPaths(shop).extracted_attributes
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b'{"product_id": "p1", "attributes": {}}\n' + line + b"\n")
    with pytest.raises(BadInput, match=f"{file.name}:2"):
        flow.make_index(Shop(shop))


def test_purposes_are_written_for_a_person_to_edit_and_used_by_the_next_index(
    shop: Path, model: list[dict[str, Any]]
) -> None:
    assert counts_of(run(shop, "purposes"))["results"] == 0  # the package knows them all
    counts = counts_of(run(shop, "purposes", "--all"))
    assert (counts["results"], counts["invalid"]) == (3, {"too few phrases that do not name it": 1})
    path = shop / "words" / "purposes.txt"
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("# By http")
    assert [line.split("\t")[0] for line in lines[1:]] == ["usb hub", "tea kettle", "phone case"]
    assert lines[1].endswith("; 在家")
    assert "trouble, at home" in lines[1]  # what parts phrases is in none
    edited = [*lines[:2], "tea kettle\tthe choir wants something hot", lines[3]]
    path.write_text("\n".join(edited) + "\n", encoding="utf-8")
    assert counts_of(run(shop, "purposes", "--all"))["known_before"] == 3
    assert path.read_text("utf-8").splitlines() == edited
    generation = flow.open_index(Shop(shop), flow.make_index(Shop(shop)))
    found = generation.match("choir wants something hot")
    assert found is not None
    assert found.notes[0].startswith("meant:kettle")
