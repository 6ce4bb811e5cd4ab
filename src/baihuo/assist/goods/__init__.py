"""Products in a conversation: facts of the one that is talked about, and those that a shopper describes."""

from baihuo.assist.goods.facts import GoodsPassages
from baihuo.assist.goods.shelf import Shelf

__all__ = ["GoodsPassages", "Shelf"]
