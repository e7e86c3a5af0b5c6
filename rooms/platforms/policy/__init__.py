"""The external policy server: what the platform asks at every call, answered from one row."""
