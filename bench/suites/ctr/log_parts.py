"""The log that a benchmark of tables reads: a file that is named, or one of its own."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from baihuo.core import BadInput
from suites.ctr.reading import Parts, read_parts
from suites.ctr.spec import read_spec


def add_log_options(parser: ArgumentParser) -> None:
    """What :func:`log_parts` reads, and the seeds of the trainings."""
    parser.add_argument("--data", type=Path, help="the file (default: a log of its own)")
    parser.add_argument("--spec", type=Path, help="YAML; without it the file is Criteo-shaped")
    parser.add_argument("--seed", type=int, nargs="+", default=[1, 2, 3], help="of the trainings")
    parser.add_argument("--rows", type=float, default=4e4, help="of its own log")
    parser.add_argument("--data-seed", type=int, default=11, help="of its own log")
    parser.add_argument("--test-share", type=float, default=0.2, help="of the rows, the last ones")
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")


def log_parts(arguments: Namespace, folder: Path) -> Parts:
    """Train and test, written below ``folder``.

    Raises:
        BadInput: a share, a specification or a file that cannot be used.
    """
    if not 0 < arguments.test_share < 1:
        raise BadInput("--test-share is a share", fix="a number between 0 and 1, as 0.2")
    spec = None if arguments.spec is None else read_spec(arguments.spec)
    data = arguments.data
    if data is None:
        from suites.ctr.generator import make_log

        data = folder / "log.tsv"
        make_log(data, n_rows=int(arguments.rows), seed=arguments.data_seed)
        spec = None
    return read_parts(data.resolve(), spec, folder / "parts", test_share=arguments.test_share)
