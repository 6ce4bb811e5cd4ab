"""Docs cannot rot: what is generated from the code is compared with what is written down."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
from pydantic import TypeAdapter
from typer.testing import CliRunner

from baihuo.cli.app import PAGES, app, commands
from baihuo.core import BadInput, Event, EventType, Product
from baihuo.core.schemas import RECORDS, json_schema
from baihuo.settings_docs import settings_page

ROOT = Path(__file__).resolve().parents[2]


def hooks() -> ModuleType:
    """docs/hooks.py, which makes pages of the site."""
    spec = importlib.util.spec_from_file_location("hooks", ROOT / "docs" / "hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_schema_is_written_and_is_one(tmp_path: Path) -> None:
    CliRunner().invoke(app, ["schema", "--out", str(tmp_path)])
    files = {path.name: json.loads(path.read_text("utf-8")) for path in tmp_path.iterdir()}
    assert set(files) == {f"{name}.schema.json" for name in hooks().SCHEMAS}
    for schema in files.values():
        jsonschema.Draft202012Validator.check_schema(schema)


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


def test_the_site_has_each_page_that_is_made_from_the_code() -> None:
    assert set(hooks().PRINTED) == set(PAGES)
    for page in set(PAGES) - {"cli"}:  # which the test above reads
        assert CliRunner().invoke(app, ["docs", page]).output.startswith("# ")


def test_a_page_that_nothing_makes_is_refused_with_those_that_are_made() -> None:
    done = CliRunner().invoke(app, ["docs", "novel"])
    assert isinstance(done.exception, BadInput)
    assert "features" in done.exception.fix


def test_every_setting_of_a_shop_has_a_description() -> None:
    rows = [line.split("|")[1:-1] for line in settings_page().splitlines() if line[:3] == "| `"]
    assert len(rows) > 20
    assert all(cell.strip() for row in rows for cell in row)


def test_every_link_between_our_documents_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
