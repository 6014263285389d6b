"""What is done in a session: workouts (or any lesson plan), on sessions and on days."""
