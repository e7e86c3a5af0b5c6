"""A whole platform held against the portal: what is missing, changed or foreign."""
