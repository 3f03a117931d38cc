"""Measures everything, one section after another, prints the table, and writes it into benchmarks/README.md.

python -m benchmarks                     everything: about three quarters of an hour on two cores
python -m benchmarks start widgets ...   these sections only: printed, not written
"""

import sys

from benchmarks import course, evidence, gpu, playground, report, sharing, start, training, widgets

SECTIONS = {
    **{"training": training, "sharing": sharing, "evidence": evidence, "gpu": gpu},
    **{"start": start, "course": course, "widgets": widgets, "playground": playground},
}


def main(names: list[str]) -> None:
    """Runs the named sections, or all."""
    if unknown := [name for name in names if name not in SECTIONS]:
        sys.exit(f"There is no section {unknown[0]}; there are {', '.join(SECTIONS)}.")
    rows = []
    for name in names or SECTIONS:
        print(f"Measuring: {name}", file=sys.stderr, flush=True)
        rows += SECTIONS[name].measure()
        print(report.table(rows), flush=True)
    if not names:
        report.write(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
