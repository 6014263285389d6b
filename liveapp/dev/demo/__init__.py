"""Demo data: a studio, a tutor and a school, with people to sign in as and sessions in every state."""

from liveapp.dev.demo.story import fill

__all__ = ["fill"]
