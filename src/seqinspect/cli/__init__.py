"""The command line: one file a command, which parses, calls, prints and names an exit code."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line on the process's arguments, and end the process with its exit code."""
    gc.disable()  # nothing to collect in a short life; `describe` turns it on for Keras
    try:
        # Imported here, so that Ctrl-C during the imports ends as quietly as it does later.
        from seqinspect.cli.run import run  # noqa: PLC0415

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    # Everything is flushed. To take down what was built, piece by piece, is a seventh of the time
    # that 10,000 layers take, and more with TensorFlow.
    os._exit(code)
