"""The command line: one file a command, which parses, calls, prints and names an exit code."""

from __future__ import annotations

import gc
import os
import sys


def main() -> int:
    """Run the command line on the process's arguments and return its exit code."""
    gc.disable()  # nothing to collect in a short life; `describe` turns it on for Keras
    try:
        # Imported here, so that Ctrl-C during the imports ends as quietly as it does later.
        from seqinspect.cli.run import run  # noqa: PLC0415

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    if "tensorflow" in sys.modules:
        # Everything is flushed. TensorFlow would take a while to tear itself down, for nothing.
        os._exit(code)
    return code
