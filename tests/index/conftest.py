"""The wardrobe and its index, made once."""

from __future__ import annotations

import pytest
from tests.index._shop import opened
from tests.index._wardrobe import wardrobe

from baihuo.core import Product
from baihuo.index import Generation


@pytest.fixture(scope="session")
def catalogue() -> list[Product]:
    return wardrobe()


@pytest.fixture(scope="session")
def generation(catalogue: list[Product], tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return opened(catalogue, tmp_path_factory.mktemp("limits"))
