"""What the platforms are still to be told, and how it gets there (ADR 29)."""
