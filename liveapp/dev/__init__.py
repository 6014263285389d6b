"""What one command needs on a laptop. Never imported in production."""
