"""The experiment: change one input step of a real model, and see which outputs move."""
