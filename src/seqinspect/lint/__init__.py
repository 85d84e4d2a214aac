"""Running checks: the register of findings, settings, expectations, fixes."""
