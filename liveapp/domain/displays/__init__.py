"""Screens on walls: the links that open them, and what they show."""
