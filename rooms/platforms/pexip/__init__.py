"""Pexip Infinity's management API: what the portal writes there and reads from it."""
