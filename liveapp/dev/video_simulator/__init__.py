"""A pretend Zoom and a pretend Google: as much of both as connecting an account and making links takes."""
