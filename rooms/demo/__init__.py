"""Demo data: a small set to try the portal with, a large one to measure it with."""
