"""Forms of rooms, a module a page family."""
