"""One command for each stage of the pipeline. Results go to standard output, messages to standard error.

Exit codes, for schedulers: 0 success; 1 an error (another run has the lock, a full disk; a bug shows
its traceback); 2 bad input or usage; 3 warnings, with ``--fail-on warn``; 4 stopped by data
quality, or a check below ``exam --fail-under``; 5 refused by the gate; 6 the live bundle was
outside its bands (``watch``); 130 Ctrl-C.

Commands import what they need inside their functions: `baihuo --help` must not load every library.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Never

from baihuo.cli.accounts import accounts
from baihuo.cli.adapt import adapt
from baihuo.cli.ads_money import ads
from baihuo.cli.assist import assist
from baihuo.cli.audit import audit
from baihuo.cli.backup import backup, restore, seal, upgrade
from baihuo.cli.check import check
from baihuo.cli.context import app, commands, exit_code, stderr
from baihuo.cli.demo import demo, simulate
from baihuo.cli.docs import PAGES, docs
from baihuo.cli.evaluate import evaluate
from baihuo.cli.exam import exam
from baihuo.cli.explain import explain
from baihuo.cli.explain_table import explain_table
from baihuo.cli.features import features
from baihuo.cli.forget import forget, visitors
from baihuo.cli.import_ import import_, schema
from baihuo.cli.keys import keys
from baihuo.cli.label import label
from baihuo.cli.llm import llm
from baihuo.cli.quarantine import lineage, quarantine
from baihuo.cli.release import release, rollback, update, watch
from baihuo.cli.serve import related, serve, suggest
from baihuo.cli.status import status
from baihuo.cli.tagger import tagger
from baihuo.cli.train import compress, index, predict, train
from baihuo.cli.tune import tune
from baihuo.cli.value import value
from baihuo.core import BadInput, ShopError

__all__ = ["PAGES", "app", "commands", "main"]

app.command("check")(check)
app.command("exam")(exam)
app.command("value")(value)
app.command("lineage")(lineage)
app.command("import")(import_)
app.command("features")(features)
app.command("adapt")(adapt)
app.command("index")(index)
app.command("train")(train)
app.command("predict")(predict)
app.command("compress")(compress)
app.command("explain-table")(explain_table)
app.command("evaluate")(evaluate)
app.command("release")(release)
app.command("rollback")(rollback)
app.command("update")(update)
app.command("watch")(watch)
app.command("serve")(serve)
app.command("seal")(seal)
app.command("audit")(audit)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("upgrade")(upgrade)
app.command("forget")(forget)
app.command("explain")(explain)
app.command("suggest")(suggest)
app.command("related")(related)
app.command("status")(status)
app.command("simulate")(simulate)
app.command("demo")(demo)
app.command("schema")(schema)
app.command("docs")(docs)
app.add_typer(keys, name="keys")
app.add_typer(accounts, name="accounts")
app.add_typer(ads, name="ads")
app.add_typer(quarantine, name="quarantine")
app.add_typer(label, name="label")
app.add_typer(llm, name="llm")
app.add_typer(assist, name="assist")
app.add_typer(tune, name="tune")
app.add_typer(tagger, name="tagger")
app.add_typer(visitors, name="visitors")


# System errors of a user's path: a folder for a file, a file for a folder, no permission.
_OF_A_PATH = {
    *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EACCES, errno.EPERM),
    *(errno.EROFS, errno.ENAMETOOLONG, errno.ELOOP),
}
_INTERRUPTED = ("Query interrupted", "INTERRUPT Error: Interrupted!")


def main() -> None:
    """The ``baihuo`` command: expected errors as two lines, a bug with its traceback."""
    os.umask(0o077)  # a shop has personal data: readable by its owner only
    try:
        app()
    except ShopError as error:
        _end(error)
    except SystemExit as ended:
        by_typer = ended.__context__  # of Ctrl-C it makes a silent exit
        if by_typer is not None and isinstance(by_typer.__cause__, KeyboardInterrupt):
            stderr.print("Aborted.")
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _OF_A_PATH and error.filename:
            what = f"{error.filename}: {error.strerror}"
            _end(BadInput(what, fix="name another path, or change the one there"))
        if not _is_interrupt(error):
            raise
        stderr.print("Aborted.")
        sys.exit(130)


def _end(error: ShopError) -> Never:
    stderr.print(f"[bold red]{type(error).__name__}[/]: ", end="")
    stderr.print(error.what, markup=False, highlight=False)
    stderr.print(f"  fix: {error.fix}", markup=False, highlight=False)
    sys.exit(exit_code(error))


def _is_interrupt(error: BaseException | None) -> bool:
    """Return whether Ctrl-C caused an error: DuckDB raises a different one for an interrupted query."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt) or str(error) in _INTERRUPTED:
            return True
        error = error.__cause__ or error.__context__
    return False
