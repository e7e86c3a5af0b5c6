"""Forms of the tenants app."""
