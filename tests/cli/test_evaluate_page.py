"""``baihuo evaluate --page``: what training and the gate measured as one file, in a browser, whatever the data say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cli.evaluated import EXAMINATION_NOT_KNOWN, OLDER_CLICKS, POSITIONS
from tests.click_bundles import linear_click_parts
from tests.train.test_slices import Log, Odds, judged
from typer.testing import CliRunner

from baihuo.bundle import Bundle, set_live, write
from baihuo.cli.app import app
from baihuo.core import BadInput
from baihuo.settings import Shop

HOSTILE = '<script>alert("x")</script><img src=http://elsewhere.test/a.png onerror=alert(1)>'
LONG = "a category whose name has no end " * 20


def interval(mid: float) -> dict[str, float]:
    return {"mid": mid, "low": mid - 0.05, "high": mid + 0.05}


def report() -> dict[str, Any]:
    """As training writes it, with names that mean harm where names come from data."""
    slices, _ = judged(Log.draw(1), Odds(order_of_flawed=-1.0), Odds())
    named = [one for one in [*slices["rows"], *slices["pages"]] if one["dimension"] == "device"]
    for one in named[::2]:
        one["slice"] = HOSTILE
    named[1]["slice"] = LONG
    line = {"surface": "home", "n_pages": 90, "mrr10": 0.61, "recall10": 0.87}
    between = {"intervals": {"ndcg10": {"mid": 0.5, "low": 0.45, "high": 0.55}}}
    clicks: dict[str, Any] = {
        "table": [
            {**line, "system": "both", "ndcg10": 0.5, "is_chosen": True, **between},
            {**line, "system": "popularity", "ndcg10": 0.4, "is_chosen": False},
            {**line, "surface": "search", "system": "trees", "ndcg10": 0.5, "is_chosen": True},
        ],
        "lift": {"home": {"over": "popularity", "order": "both", "n_pages": 90, **interval(0.1)}},
        "clicks": {"log_loss": 0.2, "constant_log_loss": 0.3, "auc": 0.7, "ece": 0.01},
        "measures": {"gauc": interval(0.66), "log_loss": interval(0.2)},
        "reliability": {"n": [9, 9], "predicted": [0.02, 0.3], "observed": [0.01, 0.31]},
        "importance": {"trees": {"position": 0.4, HOSTILE: 0.2}},
        "curves": {"network/train_loss": [0.3, 0.2], "network/validation_loss": [0.31, 0.25]},
        "slices": slices,
        "positions": POSITIONS,
        "n_train": 12_345,
        "split": {"train_from_us": 0, "validation_from_us": 1, "until_us": 2},
    }
    lists = {n: interval(0.2) for n in ("coverage", "gini", "novelty", "diversity")}
    bought = {"mode": "all", "recall20": 0.3, "ndcg20": 0.2, "n": 9, "lists": lists}
    ours = {**bought, "system": "baihuo", "vs": {"ease": interval(0.12)}}
    stepped = {"recall10": 0.4, "ndcg10": 0.2, "n": 50, "lists": lists}
    next_ours = {**stepped, "system": "baihuo", "vs": {"ease": interval(0.2)}}
    return {
        "index_id": "i",
        "clicks": clicks,
        "purchases": {"judged": [{**bought, "system": "ease"}, ours]},
        "next_items": {"judged": [{**stepped, "system": "ease"}, next_ours]},
    }


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A bundle that the gate refused and a person released."""
    made = Shop(tmp_path)
    order_by = {"search": "trees", "home": "network"}
    models = linear_click_parts(("price_log", "position"), order_by, {"price_log": 1.0})
    bundle_id = write(made.bundles, {**models, "report.json": report()})
    checks = [
        {"name": "quality", "is_passed": True, "was_asked": True, "warning": "", "why": "passed"},
        {"name": "slices", "is_passed": False, "was_asked": True, "warning": "", "why": HOSTILE},
    ]
    Bundle.open(made.bundles / bundle_id).write_gate(
        {
            "is_open": False,
            "checks": checks,
            "order_by": {"home": "fused"},
            "forced": {"by": "ana", "reason": HOSTILE, "at_us": 1},
        }
    )
    set_live(made.bundles, bundle_id, "i")
    return made


def page_of(shop: Shop, *more: str) -> Path:
    file = shop.root / "evaluation.html"
    words = ["evaluate", "--shop", str(shop.root), "--page", str(file), *more]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.exception
    return file


@pytest.mark.parametrize("width", [400, 1280])
def test_people_see_it_without_network_scripts_or_scrolling_sideways(
    shop: Shop, browser: Any, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    trouble: list[str] = []
    asked: list[str] = []
    page.on("console", lambda m: trouble.append(m.text))
    page.on("pageerror", lambda e: trouble.append(str(e)))
    page.on("dialog", lambda d: trouble.append(d.message))
    page.on("request", lambda r: asked.append(r.url))
    page.goto(page_of(shop).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    reasons = "[...document.querySelectorAll('td.words')].map(c => c.clientWidth)"
    assert min(page.evaluate(reasons)) > 250  # not a word a line
    assert page.locator("script, img, iframe, link").count() == 0
    shown = page.inner_text("body")
    for words in (
        "the gate refuses it",
        "Released by force, by ana",
        "home: the learned order was refused; ordered by fused instead.",
        "Worst: nDCG@10 is lowest against live: home, platform: web",
        "alert(",  # a name from the data, as text
        "training impressions: 12,345",
        "Calibration: predictions on the diagonal are exact",
        "home: ECE by position",
        "Gini: 0 shows every product as often",
        "Training of network: loss",
        "both (best model, refused)",
        "trees (serves)",
        "home: both (refused) vs. popularity",
        "popularity (best baseline)",
        "+0.100 [+0.050, +0.150]",
    ):
        assert words in shown, words
    empty = "[...document.querySelectorAll('svg')].filter(s => !s.querySelector('circle, polyline')).length"
    assert page.evaluate(empty) == 0
    page.close()
    assert not trouble
    assert [url.split("/")[-1] for url in asked] == ["evaluation.html"]


def test_the_worst_slice_is_marked_and_intervals_reach_as_far_as_the_report_says(
    shop: Shop, browser: Any
) -> None:
    page = browser.new_page()
    page.goto(page_of(shop).as_uri())
    worst = page.locator("circle.worst").first.locator("title").text_content()
    assert worst.startswith("platform: web")
    at = "n => [...document.querySelectorAll('svg[aria-label^=\"home: nDCG@10 on\"] ' + n)].map"
    [dot] = page.evaluate(f"({at}(c => +c.getAttribute('cx')))('circle.other')")
    [ends] = page.evaluate(
        f"({at}(l => [+l.getAttribute('x1'), +l.getAttribute('x2')]))('line.other')"
    )
    assert dot == pytest.approx(sum(ends) / 2, abs=0.2)  # 0.5 between 0.45 and 0.55
    [other] = page.evaluate(f"({at}(c => +c.getAttribute('cx')))('circle.baseline')")
    assert (dot - other) / (ends[1] - ends[0]) == pytest.approx(1, abs=0.01)  # 0.4 is a reach away
    page.close()


def test_estimated_examination_is_drawn_with_its_intervals(shop: Shop, browser: Any) -> None:
    page = browser.new_page()
    page.goto(page_of(shop).as_uri())
    chart = page.locator("svg[aria-label^='Examination relative to the top']")
    names = chart.locator("circle title").all_text_contents()
    assert names == ["home: 1, 1 [1, 1]", "home: 2, 0.707 [0.61, 0.82]"]
    ys = "all => all.map(e => e.getAttribute('points').split(' ').map(p => +p.split(',')[1]))"
    _, [low, high] = chart.locator("polyline.reach").evaluate_all(ys)
    [estimated] = chart.locator("polyline:not(.reach)").evaluate_all(ys)
    assert low > estimated[1] > high
    a_unit = (estimated[1] - estimated[0]) / (1 - 0.707)
    assert (low - high) / a_unit == pytest.approx(0.82 - 0.61, abs=0.002)
    page.close()


def test_a_page_says_why_examination_is_not_known(shop: Shop) -> None:
    known = report()
    known["clicks"]["positions"] = EXAMINATION_NOT_KNOWN
    words = page_of(shop, write(shop.bundles, {"report.json": known})).read_text()
    why = "not known: 12 impressions were placed by chance (fix: wait)"
    assert f"Examination by position is {why}" in words


def test_a_bundle_of_an_older_version_has_a_page_of_what_it_measured(shop: Shop) -> None:
    older = write(shop.bundles, {"report.json": {"index_id": "i", "clicks": OLDER_CLICKS}})
    words = page_of(shop, older).read_text()
    assert "the gate has not run" in words
    assert "home: nDCG@10 on 9 pages" in words
    none = write(shop.bundles, {"report.json": {"no_clicks": "too <b>few</b>"}})
    words = page_of(shop, none).read_text()
    assert "too &lt;b&gt;few&lt;/b&gt;" in words


def test_a_page_that_cannot_be_written_is_named_and_none_is_made_of_policies(shop: Shop) -> None:
    for words, what in (
        (["--page", str(shop.root / "no" / "e.html")], "its folder is missing"),
        (["--page", str(shop.root)], "it is a folder"),
        (["--page", str(shop.root / "e.html"), "--policy", "all"], "--page needs a bundle"),
    ):
        done = CliRunner().invoke(app, ["evaluate", "--shop", str(shop.root), *words])
        assert isinstance(done.exception, BadInput)
        assert what in done.exception.what
    assert not (shop.root / "e.html").exists()
