"""``baihuo explain`` says which words of a search were read, and which are a name."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.settings import Shop


def test_an_explained_search_says_what_was_read_in_its_words(released_shop: Shop) -> None:
    arguments = ["explain", "kettle under 300", "--shop", str(released_shop.root)]
    page = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert [(w["kind"], w["text"], w["is_read"]) for w in page["words"]] == [
        ("price", "under 300", True)
    ]
    assert "read: 'under 300' as price" in CliRunner().invoke(app, arguments).stdout
