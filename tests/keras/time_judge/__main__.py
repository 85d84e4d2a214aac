"""Judge many models: `python -m tests.keras.time_judge --count 2000 --seed 0`."""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections import Counter

from tests.keras.time_judge.drawing import draw
from tests.keras.time_judge.judging import Judged, judge
from tests.keras.time_judge.lengths import LENGTHS, SLOWEST, judge_lengths
from tests.keras.time_judge.real_model import use_float64


def main() -> int:
    """Draw and judge models; print those on which the report and Keras differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lengths", action="store_true", help="each at 50 to 50,000 steps")
    parser.add_argument("--only", type=int, help="judge this one model, and print its spec")
    options = parser.parse_args()
    use_float64()
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    wrong, slowest, started = 0, 0, time.perf_counter()
    indices = range(options.count) if options.only is None else [options.only]
    for index in indices:
        spec = draw(f"{options.seed} {index}", steps=LENGTHS[0] if options.lengths else 0)
        if options.only is not None:
            print(json.dumps(spec, indent=1))
        try:
            judged = (judge_lengths if options.lengths else judge)(spec, index)
        except Exception:
            judged = Judged()
            judged.differ("TRACEBACK", traceback.format_exc())
        slowest = max(slowest, judged.counts.pop(SLOWEST, 0))
        counts += judged.counts
        if judged.differences:
            wrong += 1
            kinds.update(kind for kind, _ in judged.differences)
            long = "--lengths " * options.lengths
            print(f"{long}--seed {options.seed} --only {index}: {json.dumps(spec)}")
            for kind, sentence in judged.differences[:6]:
                print(f"  {kind}: {sentence}")
            sys.stdout.flush()
    seconds = time.perf_counter() - started
    print(f"{wrong} of {len(indices)} models disagree, {seconds:.0f} s; {dict(kinds)}")
    if options.lengths:
        print(f"no report took more than {slowest} ms of the processor")
    print("; ".join(f"{name}: {count:,}" for name, count in sorted(counts.items())))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
