"""Everything that reads: a spec file becomes a Graph, each node with its place."""

from seqinspect.spec.reader import read_spec

__all__ = ["read_spec"]
