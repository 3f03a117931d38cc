"""Judges every mutant by the tests of its module; fails where one survives that tests/mutants.md gives no reason for.

python -m tools.mutants                      all modules
python -m tools.mutants toy models           these
python -m tools.mutants again [toy ...]      only those mutants that survived the last time
"""

import os
import sys
import time

from tools.mutants import judge, record
from tools.mutants.changes import mutants

MODULES = ("adam", "diagnostics", "likelihoods", "models", "objectives", "toy", "training")


def main(arguments: list[str]) -> int:
    """How many survivors have no reason: 0 is success."""
    again = "again" in arguments
    modules = [name for name in arguments if name != "again"] or MODULES
    reasons, counts = record.read()
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"  # torch reads it when it is loaded
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # a GPU does not survive a fork
    judge.warm()
    for module in modules:
        began = time.perf_counter()
        source = (judge.ROOT / "vaelab" / f"{module}.py").read_text(encoding="utf-8")
        seconds = judge.seconds_needed(module, source)
        known, all_of_them = reasons.get(module, {}), list(mutants(source))
        tried = [mutant for mutant in all_of_them if not again or record.key(mutant) in known]
        found = []
        for mutant in judge.survivors(module, tried, seconds, os.cpu_count() or 1):
            found.append(mutant)
            if record.key(mutant) not in known:
                print(f"{module}: {mutant.function}\n{mutant.diff}", flush=True)
        reasons[module] = record.explained(found, known)
        counts[module] = f"{len(all_of_them)} mutants, {len(found)} of them survive."
        record.write(reasons, counts)
        print(f"{module}: {len(tried)} tried, {len(found)} survive; {time.perf_counter() - began:.0f} s", flush=True)
    unexplained = sum(why == record.NO_REASON for module in modules for why in reasons[module].values())
    print(f"{unexplained} without a reason in tests/mutants.md" if unexplained else "every survivor has its reason")
    return min(unexplained, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
