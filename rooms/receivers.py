"""allauth's address events: own rooms follow a verified address at once."""
