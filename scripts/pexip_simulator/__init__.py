"""A stand-in for Pexip Infinity in a process of its own: management, policy client, event sink.

Written from the contract alone. It imports nothing of the portal's, so that what the two
agree on is the contract and not a shared mistake. Nothing outside the standard library.
"""
