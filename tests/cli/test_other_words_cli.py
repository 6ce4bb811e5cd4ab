"""Words that are read as others: in the index, in an explained page, and switched off in ``shop.yaml``."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.settings import IndexSettings, Shop


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_words_read_as_others_are_explained_and_can_be_switched_off(released_shop: Shop) -> None:
    shop = str(released_shop.root)
    page = json.loads(run("explain", "cordless mouse", "--json", "--shop", shop))
    found = {(one["word"], one["also"]) for one in page["synonyms"]}
    assert ("cordless", "wireless") in found
    assert "synonym: 'cordless' is read as 'wireless'" in run(
        "explain", "cordless mouse", "--shop", shop
    )
    folder = Path(run("index", "--shop", shop).strip())
    assert json.loads((folder / "mined_synonyms.json").read_text("utf-8"))
    assert (folder / "sounds.json").exists()
    off = IndexSettings(mined_synonyms=False, pinyin=False)
    released_shop.write_settings(released_shop.settings().model_copy(update={"index": off}))
    without = Path(run("index", "--shop", shop).strip())
    assert without != folder
    assert json.loads((without / "mined_synonyms.json").read_text("utf-8")) == []
    assert not (without / "sounds.json").exists()
