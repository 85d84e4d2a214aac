"""Report × Report: alignment, differences, the verdict on a checkpoint, the lock."""
