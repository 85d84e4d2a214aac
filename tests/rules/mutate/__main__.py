"""The command `python -m tests.rules.mutate`; see the package's docstring."""

from __future__ import annotations

import argparse
import sys
import time

from seqinspect.rules import MODULES, RULES
from tests.rules.mutate import judges
from tests.rules.mutate.known import KNOWN
from tests.rules.mutate.mutants import dependents, installed, modules, mutants


def main() -> int:
    """Try all mutants; exit 1 if one survives."""
    options = _arguments()
    survived = 0
    samples: dict[str, judges.Sample] = {}
    for module in options.module or modules():
        started = time.perf_counter()
        found = [mutant for mutant in mutants(module) if not (options.cases and mutant.declared)]
        affected = dependents(module)
        layers = [name for name in RULES if f"keras.{MODULES[name]}" in affected]
        checks = judges.cases(affected)
        if not options.cases:
            checks += judges.signatures(layers)
            for layer in layers:
                if layer not in samples:
                    samples[layer] = judges.Sample.of(layer)
                checks.append(samples[layer].holds)
        left = []
        for mutant in found:
            with installed(mutant):
                if all(check() for check in checks):
                    left.append(mutant)
        unknown = [mutant for mutant in left if mutant.text not in KNOWN.get(module, {})]
        survived += len(unknown)
        seconds = time.perf_counter() - started
        print(f"{module}: {len(found)} mutants, {len(unknown)} survive ({seconds:.0f} s)")
        for mutant in unknown:
            print(f"  {mutant}", flush=True)
    print(f"{survived} mutants survive")
    return 1 if survived else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.rules.mutate", description=__doc__)
    parser.add_argument("--module", action="append", help="a module of the rules (repeatable)")
    parser.add_argument("--cases", action="store_true", help="the cases by hand only, no Keras")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
