"""`python -m seqinspect` is the command `seqinspect`."""

from seqinspect.cli import main

if __name__ == "__main__":
    main()
