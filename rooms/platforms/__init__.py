"""The port to the video platform. Rooms are sent through it and through nothing else."""
