"""A tagger learns from tagged titles, is stored in a small file, and is reached by its commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from tests.tag.made_titles import BRANDS, NEW_BRANDS, as_file, titles
from typer.testing import CliRunner, Result

from baihuo.catalog import Catalog
from baihuo.cli.app import app
from baihuo.core import BadInput, Product, ShopError, ShopPaths
from baihuo.tag import (
    Span,
    features_of,
    plain_characters,
    read_tagged_titles,
    read_tagger,
    score_tags,
    spans_of,
    titles_of,
    train_tagger,
    write_tagger,
)
from baihuo.tag.crf import Crf, _passes, _Steps, train_crf


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def problem_of(*arguments: str) -> str:
    """What the command prints of its error."""
    raised = run(*arguments).exception
    assert isinstance(raised, ShopError), raised
    return str(raised)


@given(st.lists(st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b"]), max_size=12))
def test_spans_are_those_of_conll(tags: list[str]) -> None:
    inside = [Span(t, a, b) for t, a, b in spans_of(tags)]
    assert sum(s.end - s.start for s in inside) == sum(t != "O" for t in tags)
    for span in inside:
        assert {t[2:] for t in tags[span.start : span.end]} == {span.tag}
        assert all(t[0] == "I" for t in tags[span.start + 1 : span.end])
    assert all(a.end <= b.start for a, b in pairwise(inside))


def test_scores_are_of_exact_parts() -> None:
    truth = [[Span("a", 0, 2), Span("b", 3, 5)], [Span("a", 1, 2)]]
    found = [[Span("a", 0, 2), Span("b", 3, 4)], [Span("a", 1, 2), Span("a", 3, 4)]]
    by_tag = {s.tag: s for s in score_tags(truth, found)}
    assert (by_tag["a"].n, by_tag["a"].precision, by_tag["a"].recall) == (2, 2 / 3, 1.0)
    assert by_tag["b"].f1 == 0.0
    assert by_tag["all"].f1 == pytest.approx(2 * 0.5 * (2 / 3) / (0.5 + 2 / 3))
    assert score_tags([[]], [[]])[-1].f1 == 0.0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_chain_is_that_of_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = [int(n) for n in rng.integers(1, 5, size=3)]
    scores = rng.normal(0, 3, (sum(lengths), 3))
    crf = Crf(np.zeros((0, 3)), rng.normal(0, 2, (3, 3)), rng.normal(0, 2, 3))
    log_z, at = 0.0, 0
    for n in lengths:
        own = scores[at : at + n]
        at += n
        paths = list(product(range(3), repeat=n))
        weights = np.array(
            [
                crf.start[p[0]]
                + sum(own[i, t] for i, t in enumerate(p))
                + sum(crf.transition[a, b] for a, b in pairwise(p))
                for p in paths
            ]
        )
        shares = np.exp(weights - weights.max())
        log_z += float(weights.max() + np.log(shares.sum()))
        shares /= shares.sum()
        tags, marginals = crf.best(own)
        assert tuple(tags.tolist()) == paths[int(weights.argmax())]
        for i, t in product(range(n), range(3)):
            expected = sum(s for s, p in zip(shares, paths, strict=True) if p[i] == t)
            assert marginals[i, t] == pytest.approx(expected, abs=1e-9)
    steps = _Steps.of(lengths)
    together, _, _ = _passes(scores[steps.order], crf.transition, crf.start, steps)
    assert together == pytest.approx(log_z)


def test_what_follows_what_is_learned() -> None:
    """The features say nothing: only the place before does."""
    tags = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0])
    nothing = csr_matrix((9, 1))
    crf = train_crf(
        nothing, tags, [4, 5], n_tags=2, l2=0.01, most_steps=50, progress=lambda _: None
    )
    assert crf.best(np.zeros((6, 2)))[0].tolist() == [0, 1, 0, 1, 0, 1]


def test_brands_that_were_never_seen_are_found_by_where_they_stand(tmp_path: Path) -> None:
    tagger = train_tagger(titles(300, BRANDS), tested_on=titles(60, NEW_BRANDS, seed=2), steps=40)
    by_tag = {s.tag: s for s in tagger.scores}
    assert by_tag["HCCX"].f1 > 0.9
    assert by_tag["HPPX"].recall > 0.5
    write_tagger(tmp_path / "t.npz", tagger)
    stored = read_tagger(tmp_path / "t.npz")
    assert stored is not None
    assert (tmp_path / "t.npz").stat().st_size < 200_000
    assert stored.scores == tagger.scores
    text = titles(1, NEW_BRANDS, seed=3)[0].text
    assert stored.tag(text) == tagger.tag(text)
    assert all(0 < p.probability <= 1 and p.text == text[p.start : p.end] for p in stored.tag(text))
    assert read_tagger(tmp_path / "none.npz") is None
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04nothing")
    with pytest.raises(BadInput, match=r"bad\.npz"):
        read_tagger(tmp_path / "bad.npz")


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_has_features_for_each_character(text: str) -> None:
    plain = plain_characters(text)
    assert len(plain) == len(text)
    assert len(features_of(plain)) == len(text)


@pytest.mark.parametrize(
    ("lines", "line", "problem"),
    [
        ("手 B-HCCX\n机 I-HPPX\n", 2, "I-HPPX continues nothing"),
        ("手 B-HCCX\n\n机 I-HCCX\n", 3, "I-HCCX continues nothing"),
        ("手\n", 1, "is not a character and a tag"),
        ("手机 O\n", 1, "is not a character and a tag"),
        ("手 O\n机 B\n", 2, "is not a character and a tag"),
        ("手,O\n", 1, "is not a character and a tag"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_write(
    tmp_path: Path, lines: str, line: int, problem: str
) -> None:
    file = tmp_path / "titles.txt"
    file.write_text(lines, "utf-8")
    shown = problem_of("tagger", "train", str(file), "--shop", str(tmp_path / "shop"))
    assert f"titles.txt:{line}: " in shown
    assert problem in shown
    assert "fix: write " in shown


def test_spaces_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "titles.txt"
    file.write_bytes("\ufeff手 B-HCCX\r\n机 I-HCCX\r\n  O\r\n壳 O\r\n\r\n\r\n包 O\r\n".encode())
    assert [t.text for t in read_tagged_titles(file)] == ["手机 壳", "包"]


def shop_of(products: list[Product], folder: Path) -> Path:
    paths = ShopPaths(folder)
    paths.catalog.parent.mkdir(parents=True)
    catalog = Catalog(paths.catalog)
    catalog.upsert(products)
    catalog.close()
    return folder


def test_products_without_a_brand_get_a_note_with_its_evidence(tmp_path: Path) -> None:
    made = titles(250, BRANDS)
    products = [
        Product(product_id=f"p{i}", title_zh=t.text, brand=t.text[: t.tags.index("O")])
        for i, t in enumerate(made)
    ]
    no_brand = [titles(1, BRANDS, seed=90 + i)[0] for i in range(6)]
    products += [Product(product_id=f"x{i}", title_zh=t.text) for i, t in enumerate(no_brand)]
    products.append(Product(product_id="none", title_zh="新款加厚纯棉韩版"))
    shop = str(shop_of(products, tmp_path / "shop"))
    assert "baihuo tagger train" in problem_of("tagger", "brands", "--shop", shop)
    trained = run("tagger", "train", "--json", "--shop", shop)
    assert trained.exit_code == 0, trained.output
    scores = {s["tag"]: s for s in json.loads(trained.stdout)}
    assert scores["HPPX"]["f1"] > 0.9
    notes = json.loads(run("tagger", "brands", "--least", "0.5", "--json", "--shop", shop).stdout)
    truth = {f"x{i}": t.text[: t.tags.index("O")] for i, t in enumerate(no_brand)}
    assert {n["product_id"]: n["brand"] for n in notes} == truth
    for note in notes:
        assert note["n_products"] == sum(p.brand == note["brand"] for p in products)
        assert note["n_titles"] == sum(b == note["brand"] for b in truth.values())
        assert 0.5 <= note["probability"] <= 1
    assert (
        json.loads(run("tagger", "brands", "--least", "1", "--json", "--shop", shop).stdout) == []
    )
    shown = run("tagger", "tag", no_brand[0].text, "--json", "--shop", shop)
    parts = {p["tag"]: p["text"] for p in json.loads(shown.stdout)}
    assert parts["HPPX"] == truth["x0"]


def test_titles_of_a_catalogue_are_tagged_where_their_brand_stands_as_a_word() -> None:
    made = titles_of(
        [
            Product(product_id="a", title_en="ACME Pulse X1 phone", brand="Acme", model="Pulse X1"),
            Product(product_id="b", title_en="Pacmeter tool", brand="Acme"),
            Product(product_id="c", title_zh="安居台灯", brand="安居"),
            Product(product_id="d", title_zh="台灯"),
        ]
    )
    assert [(t.text, spans_of(t.tags)) for t in made] == [
        ("ACME Pulse X1 phone", [Span("HPPX", 0, 4), Span("XH", 5, 13)]),
        ("安居台灯", [Span("HPPX", 0, 2)]),
    ]


def test_too_few_titles_say_how_many_are_needed(tmp_path: Path) -> None:
    file = as_file(titles(9, BRANDS), tmp_path / "few.txt")
    shown = problem_of("tagger", "train", str(file), "--shop", str(tmp_path / "shop"))
    assert "9 titles" in shown
    assert "50 tagged titles" in shown


def test_a_thousand_real_titles_are_learned_from(shared_data: Callable[[str], Path]) -> None:
    """F1 of all parts is well above that of a dictionary at this size (0.33)."""
    real = read_tagged_titles(shared_data("zh") / "title_ner_train.txt")[:700]
    tagger = train_tagger(real[:600], tested_on=real[600:], steps=25)
    by_tag = {s.tag: s for s in tagger.scores}
    assert by_tag["all"].f1 > 0.45
    assert asdict(Product(product_id="a", title_zh=real[0].text))["title_zh"] == real[0].text


def test_titles_of_one_text_are_refused(tmp_path: Path) -> None:
    """Held back to measure F1, they would leave nothing to learn from."""
    (tmp_path / "t.txt").write_text("手 B-HCCX\n机 I-HCCX\n\n" * 60, encoding="utf-8")
    result = CliRunner().invoke(
        app, ["tagger", "train", str(tmp_path / "t.txt"), "--shop", str(tmp_path)]
    )
    assert isinstance(result.exception, BadInput)
    assert "60 titles are the same text" in str(result.exception)


def test_a_damaged_tagger_is_named_with_the_command_that_makes_another(tmp_path: Path) -> None:
    file = ShopPaths(tmp_path).tagger
    write_tagger(file, train_tagger(titles(60, BRANDS, seed=3)))
    with np.load(file) as stored:
        whole = dict(stored)
    about = json.loads(whole["about"].tobytes())

    def as_bytes(changed: object) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        return np.frombuffer(json.dumps(changed).encode(), np.uint8)

    damaged: list[dict[str, object]] = [
        {"about": as_bytes([1])},
        {"about": as_bytes({**about, "tags": ["O"]})},
        {"about": as_bytes({**about, "scores": [[1]]})},
        {"about": as_bytes({"format": 1, "tags": about["tags"]})},
        {"transition": np.zeros((1, 1))},
        {"emission": np.float64(3)},
        {"emission": whole["emission"] * np.nan},
    ]
    for change in damaged:
        np.savez(file, **{**whole, **change})
        with pytest.raises(BadInput, match="baihuo tagger train"):
            read_tagger(file)
    for content in (b"", b"text", b"PK\x03\x04"):
        file.write_bytes(content)
        with pytest.raises(BadInput, match="baihuo tagger train"):
            read_tagger(file)
    with file.open("wb") as out:
        np.save(out, np.zeros(3))
    with pytest.raises(BadInput, match="baihuo tagger train"):
        read_tagger(file)
