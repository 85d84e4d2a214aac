"""`python -m web build`: write the playground into build/web, a folder that any host serves."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from web.build import BuildError, build

TARGET = Path(__file__).parent.parent / "build" / "web"


def main() -> int:
    """Build it, and say how large it is."""
    parser = argparse.ArgumentParser(prog="python -m web", description=__doc__)
    parser.add_argument("command", choices=["build"])
    parser.add_argument("--output", type=Path, default=TARGET, metavar="FOLDER",
                        help="where it is written [build/web]")  # fmt: skip
    asked = parser.parse_args()
    try:
        sizes = build(asked.output)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{size:>10,}  {name}")
    print(f"{sum(sizes.values()):>10,}  bytes, packed with gzip, in {asked.output}")
    print(f"to open it: python -m http.server --directory {asked.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
