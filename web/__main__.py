"""`python -m web build` makes the playground, `python -m web site` the documentation with it.

Both are folders that any host serves: build/web and build/site.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from web.build import BuildError, build, build_site, sizes

BUILD = Path(__file__).parent.parent / "build"


def main() -> int:
    """Build what is asked for, and say how large it is."""
    parser = argparse.ArgumentParser(prog="python -m web", description=__doc__)
    parser.add_argument("command", choices=["build", "site"])
    parser.add_argument("--output", type=Path, metavar="FOLDER",
                        help="where it is written [build/web, build/site]")  # fmt: skip
    asked = parser.parse_args()
    try:
        if asked.command == "site":
            target = asked.output or BUILD / "site"
            playground = build_site(target)
        else:
            playground = target = asked.output or BUILD / "web"
            build(target)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    packed = sizes(playground)
    for name, size in sorted(packed.items(), key=lambda item: -item[1]):
        print(f"{size:>10,}  {name}")
    print(f"{sum(packed.values()):>10,}  bytes of the playground, packed with gzip")
    print(f"to open it: python -m http.server --directory {target}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
