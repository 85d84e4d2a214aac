"""The playground, seqinspect in a browser: `python -m web build` makes a folder of it."""
