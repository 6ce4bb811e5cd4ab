"""Contrastive training: each query nearer to its own product than to the others of the batch.

Source: van den Oord et al., Representation Learning with Contrastive Predictive Coding (2018), with the cosines divided by
a temperature; Henderson et al. (2017) for the other texts of a batch as wrong answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from baihuo.core import Progress, no_progress
from baihuo.train.encoders.batches import Batch, Group, Padded
from baihuo.train.encoders.settings import FitSettings

_WARM_UP = 0.1  # share of training in which the rate rises to its highest


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training did."""

    n_steps: int
    n_products: int
    loss: float  # mean of the last tenth
    cpu_s: float
    is_whole: bool  # not cut by the budget


UNTRAINED = Fitted(0, 0, 0.0, 0.0, True)
"""Of an encoder that is used as it comes."""


def fit(
    model: nn.Module,
    batches: Iterator[Batch],
    settings: FitSettings,
    *,
    rate: float,
    n_rows: int,
    seconds: float,
    original: nn.Module | None = None,
    progress: Progress = no_progress,
) -> Fitted:
    """Train ``model`` in place, until its passes are done or the time is over.

    Args:
        model: token ids and lengths → vectors of length 1.
        batches: without end.
        settings: rates and sizes.
        rate: the highest learning rate.
        n_rows: products of a pass.
        seconds: most wall-clock time.
        original: the encoder before training, for ``settings.kept``.
        progress: called with steps; the total is what the time allows.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, rate, weight_decay=0.01)
    n_steps = max(1, round(settings.passes * n_rows / settings.batch))
    began, cpu, losses, n_products = time.monotonic(), time.process_time(), [], 0
    model.train()
    for step in range(n_steps):
        spent = (time.monotonic() - began) / seconds
        if spent >= 1:
            break
        _set_rate(optimiser, rate * _rate(max((step + 1) / n_steps, spent)))
        batch = next(batches)
        loss = batch_loss(model, batch, settings, original)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
        n_products += len(batch.rows)
        spent = (time.monotonic() - began) / seconds
        progress("train", step + 1, max(step + 1, min(n_steps, int((step + 1) / spent))))
    progress("train", len(losses), len(losses))
    model.eval()
    last = losses[-max(1, len(losses) // 10) :]
    mean = sum(last) / len(last) if last else float("nan")
    cpu_s = time.process_time() - cpu
    return Fitted(len(losses), n_products, mean, cpu_s, len(losses) == n_steps)


def batch_loss(
    model: nn.Module, batch: Batch, settings: FitSettings, original: nn.Module | None = None
) -> Tensor:
    """The mean over the kinds of pairs, both ways: query to product, and product to query."""
    n_texts = len(batch.texts)
    short = [q for group in batch.groups for q in group.queries]
    long = list(batch.texts)
    if batch.descriptions is not None:
        long += batch.descriptions[0]
        short += batch.descriptions[1].queries

    def encoded(net: nn.Module) -> tuple[Tensor, Tensor]:
        queries, texts = Padded.of(short), Padded.of(long)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return net(queries.ids, queries.lengths).float(), net(texts.ids, texts.lengths).float()

    queries, texts = encoded(model)
    old: tuple[Tensor, Tensor] | None = None
    if original is not None and settings.kept:
        with torch.no_grad():
            old = encoded(original)
    losses, start = [], 0
    parts = [(group, slice(0, n_texts)) for group in batch.groups]
    if batch.descriptions is not None:
        parts.append((batch.descriptions[1], slice(n_texts, len(long))))
    for group, of_texts in parts:
        here = slice(start, start + len(group.queries))
        start = here.stop
        cosines = queries[here] @ texts[of_texts].T
        loss = _both_ways(cosines, group, settings.temperature)
        if old is not None:
            before = old[0][here] @ old[1][of_texts].T
            loss = loss + settings.kept * _moved(cosines, before, group)
        losses.append(loss)
    return torch.stack(losses).mean()


def _both_ways(cosines: Tensor, group: Group, temperature: float) -> Tensor:
    n = torch.arange(len(group.right))
    allowed = group.is_wrong.clone()
    allowed[n, group.right] = True
    scores = (cosines / temperature).masked_fill(~allowed, -1e4)
    forth = functional.cross_entropy(scores, group.right)
    back = (torch.logsumexp(scores, 0)[group.right] - scores[n, group.right]).mean()
    return (forth + back) / 2


def _moved(cosines: Tensor, before: Tensor, group: Group) -> Tensor:
    """How far cosines with wrong products moved: thresholds on them stay right where they do not."""
    wrong = group.is_wrong.float()
    return 10.0 * ((cosines - before).square() * wrong).sum() / wrong.sum().clamp(min=1.0)


def _rate(done: float) -> float:
    return min(done / _WARM_UP, 1.0, max(0.0, (1 - done) / (1 - _WARM_UP)))


def _set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate
