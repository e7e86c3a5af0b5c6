"""Views of rooms, a module a page family."""
