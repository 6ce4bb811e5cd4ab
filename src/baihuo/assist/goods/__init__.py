"""Products in a conversation: facts of the one that is talked about, and those that a shopper describes."""

from .facts import GoodsPassages
from .shelf import Shelf

__all__ = ["GoodsPassages", "Shelf"]
