"""Is a product what was searched for? The model's log-odds of yes, to be calibrated on people's grades."""

from __future__ import annotations

from baihuo.core import Product
from baihuo.llm.chat import Answer, Prompt

_INSTRUCTIONS = "You name the product that is described."
_LONGEST = 150  # characters of a title
GradedPair = tuple[str, Product]  # what was searched, and a product


class GradeTask:
    """Log-odds that a product is what was searched for. Nothing follows from them before they are calibrated."""

    def prompt(self, item: GradedPair) -> Prompt:
        """The title, then the question.

        Asked the other way round (the search, then the product, "is it what the shopper wants"), a model of half a billion
        weights answers almost by chance (docs/decisions/0032).
        """
        query, product = item
        title = " ".join(product.title.split())[:_LONGEST]
        return Prompt(
            task="grades/1",
            instructions=_INSTRUCTIONS,
            text=f"Product: {title}\nQuestion: Is this product a {' '.join(query.split())}? Answer Yes or No.",
            max_tokens=1,
            options=("yes", "no"),
        )

    def check(self, item: GradedPair, answer: Answer) -> float:
        """Log-odds of yes."""
        return answer.options["yes"] - answer.options["no"]
