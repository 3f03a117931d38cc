"""The commands of whoever teaches: vaelab-classroom handout | collect."""

import argparse
import sys
import time
import warnings
from pathlib import Path

from vaelab.console import plain, say


def main(arguments: list[str] | None = None) -> None:
    """Reads the command line, and does what it says."""
    parser = argparse.ArgumentParser(prog="vaelab-classroom", description="For whoever teaches a class.")
    commands = parser.add_subparsers(dest="command", required=True)
    handing_out = commands.add_parser("handout", help="make a folder of assignments for nbgrader")
    handing_out.add_argument("folder", type=Path, help="the class's folder; what is in it is never overwritten")
    handing_out.add_argument("--notebooks", nargs="+", metavar="05", help="only these; else all that have exercises")
    handing_out.add_argument("--course", type=Path, help="the folder of the course's notebooks (default: notebooks)")
    collecting = commands.add_parser("collect", help="check what was handed in again, and make a table of it")
    collecting.add_argument("places", nargs="+", type=Path, metavar="FOLDER_OR_FILE", help="what was handed in")
    collecting.add_argument("--csv", type=Path, metavar="FILE", help="write all rows into this file, too")
    collecting.add_argument("--seconds", type=float, default=20, help="how long one answer may run (default: 20)")
    collecting.add_argument("--memory", type=int, default=1000, help="how much it may need, in MB (default: 1000)")
    chosen = parser.parse_args(arguments)
    try:
        _hand_out(chosen) if chosen.command == "handout" else _collect(chosen)
    except (OSError, ValueError, RuntimeError) as problem:
        sys.exit(plain(str(problem), sys.stderr))
    except KeyboardInterrupt:
        sys.exit("\nStopped. Nothing was written.")


def _hand_out(chosen: argparse.Namespace) -> None:
    from vaelab.classroom.handout import hand_out

    say(hand_out(chosen.folder, chosen.notebooks, chosen.course))


def _collect(chosen: argparse.Namespace) -> None:
    import torch

    from vaelab.classroom.collect import collect
    from vaelab.classroom.table import as_text, write_csv

    if not (chosen.seconds > 0 and chosen.memory > 0):
        raise ValueError(f"--seconds and --memory must be above 0; got {chosen.seconds:g} and {chosen.memory}")
    if chosen.csv and not chosen.csv.absolute().parent.is_dir():
        raise FileNotFoundError(f"{chosen.csv} can't be written: {chosen.csv.absolute().parent} is not there")
    torch.set_num_threads(1)  # the other cores are for the answers
    warnings.simplefilter("ignore")  # what there is to be said of a student's code is in the table
    begun = time.monotonic()

    def told(done: int, of: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == of else ""
            sys.stderr.write(f"\r{done} of {of} checked again, {time.monotonic() - begun:.0f} s{end}")
            sys.stderr.flush()

    rows = collect(chosen.places, chosen.seconds, chosen.memory, told=told)
    say(as_text(rows))
    if chosen.csv:
        write_csv(rows, chosen.csv)
        say(f"\nAll rows are in {chosen.csv}.")


if __name__ == "__main__":
    main()
