"""What a small generative model on this machine is worth for a catalogue: grades, attributes, searches.

    python bench/llm.py --data ../shared/data/icecat --ratings ../shared/data/icecat/ratings.csv --gguf MODEL.gguf

``--parts grades``: all judged pairs of ``--queries`` drawn by ``--seed``. ``auc`` of P(relevant: grade 2 or 3) from a curve that
other queries found, the share of pairs that it is sure of (``decided``), ``kappa`` with people on these (people among each other,
four grades: 0.74 to 0.82); and nDCG@10 among judged products of our order, of ours fused with the model's (reciprocal ranks,
k = 10, one to one, nothing tuned), with a paired interval.

``--parts attributes``: text attributes whose value the listing holds word for word are hidden from ``--products`` products and asked
for. ``precision`` is the share of given values that are the hidden one, ``recall`` that of hidden ones found; ``dictionary`` is the longest value
of other products that the listing holds. Half of what is asked for is an attribute that the product does not have: ``invented`` is
the share of these that got a value.

``--parts queries``: searches written for ``--products`` products: the share that finds its product among the first 100, the place (median), the share of
words that are not in the title; beside them the title's own first three words.

``--answers FILE`` keeps the answers between runs. Needs ``pip install 'baihuo[llm]'``, and a model whose licence allows it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from baihuo.encode import Encoders, VectorCache, export_encoders
from baihuo.llm import AnswerCache, Budget, ChatModel, local_model
from suites.llm.parts import PARTS, Asker
from suites.search.systems import rankers, read_products
from suites.shared.measure import emit
from suites.shared.paths import given


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=given, required=True, help="folder of the product zips")
    parser.add_argument("--ratings", type=given, required=True, help="CSV: query,docid,rating")
    parser.add_argument("--gguf", type=given, required=True, help="the model")
    parser.add_argument("--parts", default="grades,attributes,queries")
    parser.add_argument("--queries", type=int, default=30, help="judged queries to grade")
    parser.add_argument("--products", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30, help="budget of each part")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--answers", type=Path, help="keep answers here between runs")
    parser.add_argument("--work", type=Path, help="keep encoders and vectors here between runs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-llm-") as fresh:
        work = arguments.work or Path(fresh)
        products = read_products(arguments.data, work)
        encoders = Encoders.open(export_encoders(work / "encoders"), n_threads=arguments.threads)
        vectors = VectorCache(work / "vectors.sqlite")
        ours = rankers(products, encoders, vectors, work)["baihuo"]
        answers = AnswerCache(arguments.answers or work / "answers.sqlite")
        with local_model(arguments.gguf, threads=arguments.threads) as where:
            asker = Asker(ChatModel(where), answers, Budget(minutes=arguments.minutes))
            for part in arguments.parts.split(","):
                started = time.process_time()
                for line in PARTS[part](asker, products, ours, arguments):
                    emit(part=part, model=where.identity, **line)
                print(f"{part}: {time.process_time() - started:.0f} s of CPU", file=sys.stderr)
        answers.close()
        vectors.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
