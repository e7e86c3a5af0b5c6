"""Django's PostgreSQL backend for callers that give up: no answer is waited for long."""
