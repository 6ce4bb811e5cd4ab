"""TF-IDF, SVD and PCA beside scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from baihuo.features.transforms.spaces import (
    Tfidf,
    TitleVectors,
    pca,
    title_words,
    truncated_svd,
    unit_vectors,
)

sklearn_text = pytest.importorskip("sklearn.feature_extraction.text", reason="needs baihuo[train]")
decomposition = pytest.importorskip("sklearn.decomposition")

_ADJECTIVES = ("red", "blue", "large", "small", "红色", "蓝色")
_THINGS = ("kettle", "phone case", "running shoes", "手机壳", "电热水壶", "USB-C hub")


@pytest.fixture
def titles() -> list[str]:
    rng = np.random.default_rng(6)
    return [
        f"{rng.choice(_ADJECTIVES)} {rng.choice(_THINGS)} {rng.choice(_ADJECTIVES)} {i % 7}"
        for i in range(400)
    ]


def test_words_are_folded_and_chinese_goes_by_pairs() -> None:
    assert title_words("ＵＳＢ-C Hub（红色手机）") == ["usb", "c", "hub", "红色", "色手", "手机"]


def test_tfidf_is_scikit_learns(titles: list[str]) -> None:
    theirs = sklearn_text.TfidfVectorizer(analyzer=title_words, min_df=2)
    expected = theirs.fit_transform(titles)
    ours = Tfidf.fit(titles)
    assert list(ours.words) == list(theirs.get_feature_names_out())
    np.testing.assert_allclose(ours.rows(titles).toarray(), expected.toarray(), atol=1e-6)
    fresh = ["red red kettle of a new make", "", "nothing known at all"]
    np.testing.assert_allclose(
        ours.rows(fresh).toarray(), theirs.transform(fresh).toarray(), atol=1e-6
    )


def test_svd_finds_the_space_that_scikit_learn_finds(titles: list[str]) -> None:
    rows = Tfidf.fit(titles).rows(titles)
    directions = truncated_svd(rows, 6)
    theirs = decomposition.TruncatedSVD(6, algorithm="arpack", random_state=0).fit(
        sparse.csr_matrix(rows)
    )
    np.testing.assert_allclose(
        np.abs((directions * theirs.components_.T).sum(axis=0)), 1, atol=1e-3
    )
    np.testing.assert_array_equal(directions, truncated_svd(rows, 6))  # the same again


def test_svd_of_too_small_a_shop_gives_what_there_is() -> None:
    rows = Tfidf.fit(["red kettle", "red kettle", "blue kettle"]).rows(["red kettle", "red kettle"])
    assert truncated_svd(rows, 16).shape == (2, 1)
    assert truncated_svd(rows[:1], 16).shape == (2, 0)


def test_pca_is_scikit_learns() -> None:
    rng = np.random.default_rng(7)
    vectors = (rng.normal(size=(300, 12)) * np.linspace(4, 0.5, 12)).astype(np.float32)
    mean, directions = pca(vectors, 4)
    theirs = decomposition.PCA(4).fit(vectors)
    np.testing.assert_allclose(mean, theirs.mean_, atol=1e-5)
    np.testing.assert_allclose(
        np.abs((directions * theirs.components_.T).sum(axis=0)), 1, atol=1e-3
    )


def test_synonyms_that_share_company_are_nearer_after_svd() -> None:
    """ "cell" and "phone" never stand in one title, but beside the same words."""
    titles = [f"{word} case leather {i % 5}" for i in range(60) for word in ("cell", "phone")]
    titles += [f"garden hose green {i % 5}" for i in range(60)]
    tfidf = Tfidf.fit(titles)
    space = TitleVectors(tfidf, truncated_svd(tfidf.rows(titles), 2))
    cell, phone, hose = (space.text_vector(t) for t in ("cell", "phone", "hose"))
    assert cell is not None
    assert phone is not None
    assert hose is not None
    assert float(cell @ phone) > 0.9 > 0.2 > float(cell @ hose)
    plain = unit_vectors(tfidf.rows(["cell", "phone"]).toarray())
    assert float(plain[0] @ plain[1]) == 0
