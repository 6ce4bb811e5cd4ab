"""A bidirectional LSTM over characters with a CRF on top, to compare the tagger with."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from baihuo.tag import Span, TaggedTitle, plain_characters, spans_of

EPOCHS, BATCH = 8, 32


class BiLstmCrf(nn.Module):  # type: ignore[misc, unused-ignore]
    """Scores of tags ``[titles, characters, tags]`` and transitions ``[from, to]``."""

    def __init__(self, n_characters: int, n_tags: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(n_characters, 96, padding_idx=0)
        self.drop = nn.Dropout(0.4)
        self.lstm = nn.LSTM(96, 128, bidirectional=True, batch_first=True)
        self.out = nn.Linear(256, n_tags)
        self.transition = nn.Parameter(torch.zeros(n_tags, n_tags))

    def forward(self, characters: Tensor) -> Tensor:
        hidden, _ = self.lstm(self.drop(self.embed(characters)))
        scores: Tensor = self.out(self.drop(hidden))
        return scores

    def loss(self, characters: Tensor, tags: Tensor) -> Tensor:
        """Mean negative log-likelihood of the tags; characters 0 are padding."""
        scores, is_there = self(characters), characters > 0
        n = torch.arange(len(tags))
        total, gold = scores[:, 0], scores[n, 0, tags[:, 0]]
        for at in range(1, tags.shape[1]):
            here = is_there[:, at]
            moved = torch.logsumexp(total[:, :, None] + self.transition, dim=1) + scores[:, at]
            total = torch.where(here[:, None], moved, total)
            step = self.transition[tags[:, at - 1], tags[:, at]] + scores[n, at, tags[:, at]]
            gold = gold + step * here
        return (torch.logsumexp(total, dim=1) - gold).mean()

    def best(self, characters: Tensor) -> list[int]:
        """The likeliest tags of one text."""
        scores = self(characters[None])[0]
        total, back = scores[0], []
        for score in scores[1:]:
            best, where = (total[:, None] + self.transition).max(dim=0)
            total = best + score
            back.append(where)
        tags = [int(total.argmax())]
        for where in reversed(back):
            tags.append(int(where[tags[-1]]))
        return tags[::-1]


def train_bilstm(
    titles: Sequence[TaggedTitle],
) -> tuple[Callable[[str], Sequence[Span]], dict[str, object]]:
    """Train; characters that were seen once stand for all unknown ones."""
    torch.manual_seed(7)
    torch.set_num_threads(1)
    counts = Counter(c for t in titles for c in plain_characters(t.text))
    number = {c: i + 2 for i, c in enumerate(c for c, n in counts.items() if n > 1)}
    names = sorted({tag for t in titles for tag in t.tags})
    tag_number = {tag: i for i, tag in enumerate(names)}

    def coded(text: str) -> Tensor:
        return torch.tensor([number.get(c, 1) for c in plain_characters(text)])

    rng = random.Random(7)
    data = [(coded(t.text), torch.tensor([tag_number[x] for x in t.tags])) for t in titles]
    model = BiLstmCrf(len(number) + 2, len(names))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(EPOCHS):
        model.train()
        batches = _batches(data, rng)
        for batch in batches:
            characters = nn.utils.rnn.pad_sequence([c for c, _ in batch], batch_first=True)
            tags = nn.utils.rnn.pad_sequence([t for _, t in batch], batch_first=True)
            optimizer.zero_grad()
            model.loss(characters, tags).backward()  # type: ignore[no-untyped-call, unused-ignore]
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
    model.eval()

    def tag(text: str) -> list[Span]:
        with torch.no_grad():
            return spans_of([names[i] for i in model.best(coded(text))])

    return tag, {"parameters": sum(p.numel() for p in model.parameters()), "epochs": EPOCHS}


def _batches(
    data: list[tuple[Tensor, Tensor]], rng: random.Random
) -> list[list[tuple[Tensor, Tensor]]]:
    """Titles of like length together, in an order by chance."""
    order = sorted(range(len(data)), key=lambda i: (len(data[i][0]), rng.random()))
    batches = [[data[i] for i in order[at : at + BATCH]] for at in range(0, len(order), BATCH)]
    rng.shuffle(batches)
    return batches
