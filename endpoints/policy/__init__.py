"""What the platform asks about endpoints: registrations, the directory, and pictures."""
