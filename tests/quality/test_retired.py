"""quality.yaml of an earlier version: what is not known any more is said, and taken out by an upgrade."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from baihuo import flow
from baihuo.core import BadInput
from baihuo.quality import CHECKS, QualityRules, load_rules, retired_names, without_retired
from baihuo.quality.retired import retired
from baihuo.settings import Shop

OLD = """\
# ours
owner: Li Na           # asks the warehouse
skip: [same_id, scalping]
notes:
  warn_above: {bot: 3, cart_hoarding: 1}
traffic:
  # counted by hand in May
  hoard_products: 30   # ours are few
  warn_above: 0.2
  stop_above: 0.4
coverage:
  warn_above: 0.3
"""


def test_an_upgrade_takes_out_what_is_gone_and_leaves_the_rest_as_it_is(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.rules_file.write_text(OLD, encoding="utf-8")
    with pytest.raises(
        BadInput, match=r"skip: scalping, notes\.warn_above\.cart_hoarding, traffic"
    ):
        load_rules(shop.rules_file)
    plan = {item.what: item.state for item in flow.upgrade_plan(shop)}
    assert plan["settings"] == "migrates"
    plan = {item.what: item.state for item in flow.upgrade(shop)}
    assert plan["settings"] == "current"
    new = shop.rules_file.read_text(encoding="utf-8")
    left = [line for line in OLD.splitlines() if "hoard" not in line and "scalping" not in line]
    assert [line for line in new.splitlines() if line in left] == left
    rules = load_rules(shop.rules_file)
    assert rules.skip == ("same_id",)
    assert rules.notes.warn_above == {"bot": 3}
    assert rules.limits("traffic").stop_above == 0.4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("skip:\n  - scalping  # no\n  - same_id\n# end\n", {"skip": ["same_id"]}),
        ("traffic: {hoard_products: 3, warn_above: 0.1}\n", {"traffic": {"warn_above": 0.1}}),
        ("traffic:\n  hoard_products: 3\n\nowner: x", {"owner": "x"}),
        (
            "notes:\n  stop_above:\n    scalping: 1\n    bot: 2\n",
            {"notes": {"stop_above": {"bot": 2}}},
        ),
        ("- not a mapping", ["not a mapping"]),
        ("", None),
    ],
)
def test_every_way_to_write_it_is_read(old: str, new: object) -> None:
    carried = without_retired(old)
    assert yaml.safe_load(carried) == new
    assert retired_names(carried) == ()


@pytest.mark.parametrize("broken", [b"owner: \xff\xfe\n", b"[" * 1_000, b"skip: [scalping"])
def test_a_file_that_cannot_be_read_is_reported_and_left(tmp_path: Path, broken: bytes) -> None:
    shop = Shop(tmp_path)
    shop.rules_file.write_bytes(broken)
    [settings] = [item for item in flow.upgrade(shop) if item.what == "settings"]
    assert settings.state == "broken"
    assert settings.fix
    assert shop.rules_file.read_bytes() == broken


def test_no_name_is_both_known_and_retired() -> None:
    names = {check.name for check in CHECKS}
    gone = retired()
    assert not names & gone.checks.keys()
    assert {new for new in gone.checks.values() if new} <= names
    known = QualityRules().model_dump(by_alias=True)
    for setting in gone.settings:
        section, _, name = setting.partition(".")
        assert name not in known.get(section, {}), setting
