"""Docs cannot rot: what is generated from the code is compared with what is written down."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from baihuo.cli.app import PAGES, app, commands
from baihuo.core import BadInput, Event, EventType, Product
from baihuo.core.schemas import RECORDS, json_schema
from baihuo.quality import report_schema

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("word", sorted(RECORDS))
def test_the_shipped_schema_is_the_one_the_code_makes(word: str) -> None:
    shipped = json.loads((ROOT / f"docs/schemas/{word}.schema.json").read_text(encoding="utf-8"))
    assert shipped == json_schema(word), "run: baihuo schema --out docs/schemas"


def test_the_shipped_schema_of_the_quality_report_is_the_one_the_code_makes() -> None:
    path = ROOT / "docs/schemas/quality_report.schema.json"
    shipped = json.loads(path.read_text(encoding="utf-8"))
    assert shipped == report_schema(), "run: baihuo schema --out docs/schemas"


def test_an_event_and_a_product_pass_their_own_schemas() -> None:
    event = Event(
        event_id="e1",
        event_type=EventType.CLICK,
        visitor_id="v",
        occurred_at_us=1,
        received_at_us=2,
    )
    product = Product(product_id="p", title_zh="手机")
    for word, value in (("event", event), ("product", product)):
        adapter: TypeAdapter[Any] = TypeAdapter(RECORDS[word])
        document = adapter.dump_python(value, mode="json")
        schema = jsonschema.Draft202012Validator(json_schema(word))
        assert schema.is_valid(document)
        for wrong in ({**document, f"{word}_id": 7}, {}):
            assert not schema.is_valid(wrong), f"the schema of {word} lets everything through"


def test_the_help_of_every_command_says_what_it_does_and_shows_an_example() -> None:
    page = CliRunner(env={"COLUMNS": "100", "TERM": "dumb"}).invoke(app, ["docs"]).output
    for words in commands():
        name = " ".join(words)
        part = page.split(f"## baihuo {name}\n", 1)[1].split("\n## ", 1)[0]
        assert f"Usage: baihuo {name}" in part
        assert f"\n  baihuo {name}" in part.split("Options", 1)[0], f"{name} shows no example"


@pytest.mark.parametrize("page", [name for name in PAGES if name != "cli"])
def test_every_page_made_from_the_code_is_the_one_that_the_command_prints(page: str) -> None:
    done = CliRunner().invoke(app, ["docs", page])
    assert done.exit_code == 0
    file = {"features": "docs/features_list.md"}.get(page, f"docs/{page}.md")
    shipped = (ROOT / file).read_text(encoding="utf-8")
    assert shipped == done.output, f"run: baihuo docs {page} > {file}"


def test_a_page_that_nothing_makes_is_refused_with_those_that_are_made() -> None:
    done = CliRunner().invoke(app, ["docs", "novel"])
    assert isinstance(done.exception, BadInput)
    assert "features" in done.exception.fix


def test_every_setting_of_a_shop_has_a_description() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) > 20
    assert all(cell.strip() for row in rows for cell in row)


def test_every_link_between_our_documents_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
