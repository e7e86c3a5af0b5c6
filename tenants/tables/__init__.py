"""Tables of the tenants app."""
