"""Django's PostgreSQL backend, telling the server in every transaction whose rows to show."""
