"""Measures the portal on large data: ``make bench``. docs/benchmarks.md tells how to read it."""
