"""The simulator itself: what it answers is what the contract says."""
