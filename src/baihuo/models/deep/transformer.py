"""A Transformer over the history: events look at events before them, and the row's item looks at all of them.

Sources: Kang and McAuley (2018), SASRec, for blocks of attention over events with their places; Chen, Zhao, Li, Huang and
Ou (2019), "Behavior sequence transformer", for the item at the end of the sequence; Press, Smith and Lewis (2022) for
scores that fall with the distance, here learned from there on. Types and ages of events are added to their vectors. An event's vector sums those of its
item, its other fields and its position from the end; a history's vector is concatenated with the row's, alone and multiplied with that of
the row's item.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.layers import Dense, Layers, concatenated, output_layer
from baihuo.models.deep.shape import IS_THERE, DeepShape, History

_NEVER = -1e9
_START_STD = 0.01  # of position vectors, as of all vectors


class Events(torch.nn.Module):
    """Slots of a history to vectors of events."""

    def __init__(self, shape: DeepShape, history: History) -> None:
        super().__init__()
        self.history = history
        self.places = torch.nn.Parameter(torch.empty(history.length, shape.embedding_size))
        torch.nn.init.normal_(self.places, std=_START_STD)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """``[rows, slots, width]`` to ``[rows, length, width]``."""
        h = self.history
        own = vectors[:, h.first : h.first + h.n_slots]
        return own.unflatten(1, (h.n_parts, h.length)).sum(1) + self.places


def recency(n_heads: int, n_distances: int) -> torch.Tensor:
    """``[heads, distances]``: the initial attention bias of an event by the number of later ones. The first head attends to the last few
    events, the others further back. Without it, order is learned late or never: equal weights have no gradient for order.
    """
    slopes = torch.tensor([0.5 * 0.25**head for head in range(n_heads)])
    return -slopes[:, None] * torch.arange(n_distances)


class Block(torch.nn.Module):
    """Attention and a perceptron, each after a norm, with residuals. ``only_last``: only the last position."""

    def __init__(self, shape: DeepShape, length: int, *, only_last: bool) -> None:
        super().__init__()
        width = self.width = shape.embedding_size
        self.n_heads, self.dropout, self.length = shape.n_heads, shape.dropout, length
        self.only_last = only_last
        self.recency = torch.nn.Parameter(recency(shape.n_heads, length))
        self.before_attention = torch.nn.LayerNorm(width)
        self.before_layers = torch.nn.LayerNorm(width)
        self.asks, self.answers = Dense(width, width), Dense(width, 2 * width)
        self.heard = Dense(width, width)
        self.wide, self.narrow = Dense(width, 2 * width), Dense(2 * width, width)
        # with larger ones than the vectors of items, which begin small, half of the learning rates found nothing
        for layer in (self.asks, self.answers, self.heard, self.wide, self.narrow):
            torch.nn.init.zeros_(layer.bias)
        torch.nn.init.normal_(self.heard.weight, std=0.1)
        torch.nn.init.normal_(self.narrow.weight, std=0.02)

    def forward(self, x: torch.Tensor, not_seen: torch.Tensor) -> torch.Tensor:
        """``[rows, length, width]`` to the same, or to length 1; ``not_seen``: added, ``[rows, 1, 1 or length, length]``."""
        given = self.before_attention(x)
        asking = given[:, -1:] if self.only_last else given
        q = self._by_head(self.asks(asking))
        k, v = (self._by_head(part) for part in self.answers(given).chunk(2, 2))
        scores = q @ k.transpose(2, 3) * (self.width // self.n_heads) ** -0.5
        scores = scores + self._by_distance() + not_seen
        heard = (torch.softmax(scores, 3) @ v).transpose(1, 2).flatten(2)
        x = (x[:, -1:] if self.only_last else x) + self._dropped(self.heard(heard))
        wide = torch.relu(self.wide(self.before_layers(x)))
        found: torch.Tensor = x + self._dropped(self.narrow(wide))
        return found

    def _by_distance(self) -> torch.Tensor:
        """Return each head's bias by distance, ``[heads, 1 or length, length]``."""
        at = torch.arange(self.length, device=self.recency.device)
        asking = at[-1:] if self.only_last else at
        return self.recency[:, (asking[:, None] - at).clamp_min(0)]

    def _by_head(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(2, (self.n_heads, -1)).transpose(1, 2)

    def _dropped(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.dropout(x, self.dropout, self.training)


class Attention(torch.nn.Module):
    """Blocks over the events and, last, the row's item as query."""

    def __init__(self, shape: DeepShape, length: int) -> None:
        super().__init__()
        self.width, self.length = shape.embedding_size, length + 1
        self.question = torch.nn.Parameter(torch.randn(self.width) * 0.01)
        self.blocks = torch.nn.ModuleList(
            Block(shape, self.length, only_last=at == shape.n_blocks - 1)
            for at in range(shape.n_blocks)
        )

    def forward(
        self, events: torch.Tensor, is_there: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """Events ``[rows, length, width]``, ``[rows, length]`` and the row's item ``[rows, width]`` (zeros: none) to ``[rows, width]``."""
        x = torch.cat([events, (target + self.question)[:, None]], 1)
        seen = torch.cat([is_there, torch.ones_like(is_there[:, :1])], 1)[:, None, None]
        earlier = torch.ones(self.length, self.length, dtype=x.dtype, device=x.device).tril()
        for block in self.blocks:
            x = block(x, (1 - (seen if block.only_last else seen * earlier)) * _NEVER)
        found: torch.Tensor = x[:, -1]
        return found


class Transformer(DeepModel):
    """Attention over each history, then a perceptron over the row and what was read."""

    reads_histories = True

    def __init__(self, shape: DeepShape) -> None:
        super().__init__(shape)
        self.events = torch.nn.ModuleList(Events(shape, h) for h in shape.histories)
        self.readers = torch.nn.ModuleList(Attention(shape, h.length) for h in shape.histories)
        n_read = sum(1 if h.target is None else 2 for h in shape.histories)
        n_in = shape.n_inputs + n_read * shape.embedding_size
        self.layers = Layers(n_in, shape.layers, shape.dropout)
        self.out = output_layer((n_in, *shape.layers)[-1])

    @staticmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """One vector a value."""
        return {"vectors": shape.embedding_size}

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """The last layer in float32, as that of the perceptron without histories."""
        vectors = rows["vectors"]
        parts = [concatenated(vectors[:, : self.shape.n_fields], numbers, self.dtype)]
        for h, events, reader in zip(self.shape.histories, self.events, self.readers, strict=True):
            is_there = rows[IS_THERE][:, h.first : h.first + h.length]
            has_target = h.target is not None
            target = vectors[:, h.target] if has_target else torch.zeros_like(vectors[:, 0])
            read = reader(events(vectors), is_there, target)
            parts.append(read.to(self.dtype))
            if has_target:
                parts.append((read * target).to(self.dtype))
        hidden = self.layers(torch.cat(parts, 1))
        total: torch.Tensor = self.out(hidden.float()).squeeze(1)
        return total


NETWORK = Transformer
