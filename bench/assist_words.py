"""How many planted lies the check of words stops, and how many honest paraphrases it sends back.

    python bench/assist_words.py --exam tests/assist/check/lies.yaml --exam tests/assist/check/reported.yaml

``caught`` is the share of lies that are not sent, ``by_kind`` the same by what was changed, ``false_alarms`` the share of honest sentences
that are sent back (the shopper reads the extractive sentence instead), ``cpu_ms`` the time of a sentence, its passages read for the first
time included. ``--show`` prints what was missed and what was sent back for nothing, ``--rules`` for each reason how many honest
sentences and how many lies it finds, and how many of them no other reason does.
"""

from __future__ import annotations

import argparse
import sys

from suites.assist.words_exam import examine
from suites.shared.measure import Clock, emit
from suites.shared.paths import given


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exam", type=given, action="append", required=True, help="YAML of groups")
    parser.add_argument("--show", action="store_true", help="also print the errors")
    parser.add_argument("--rules", action="store_true", help="also print a table by reason")
    arguments = parser.parse_args()
    for file in arguments.exam:
        with Clock() as clock:
            result = examine(file)
        n = result.lies.total() + result.n_honest
        emit(
            exam=file.name,
            lies=result.lies.total(),
            caught=round(result.caught_share, 4),
            by_kind={kind: f"{result.caught[kind]}/{n}" for kind, n in sorted(result.lies.items())},
            honest=result.n_honest,
            false_alarms=round(result.false_alarm_share, 4),
            cpu_ms=round(1000 * clock.cpu_s / n, 3),
        )
        for reason in sorted(result.by_reason) if arguments.rules else ():
            emit(exam=file.name, reason=reason, **result.by_reason[reason])
        if arguments.show:
            for error in (*result.missed, *(f"false alarm: {s}" for s in result.false_alarms)):
                print(error, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
