"""What holds for every test: nothing is remembered from one to the next."""

from __future__ import annotations

import os

# Nothing can be created below the null device. Processes that tests start inherit it.
os.environ["SEQINSPECT_CACHE"] = os.path.join(os.devnull, "none")  # noqa: PTH118
