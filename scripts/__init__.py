"""The set-up, the launcher and the checks: what the Makefile calls."""
