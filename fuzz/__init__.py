"""Coverage-guided fuzzing of everything that reads: `python -m fuzz [TARGET...] --runs N`."""
