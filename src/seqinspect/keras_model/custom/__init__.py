"""Classes of the user, and live models."""
