"""The event sink: what the platform tells, kept raw first and made into call legs after."""
