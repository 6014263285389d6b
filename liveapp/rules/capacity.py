"""Places and lengths: how many may still book, how few places there may be, how long a session may take."""


class TooFewPlaces(ValueError):
    """Fewer places than are held already; the text names the number."""


class WrongDuration(ValueError):
    """A length that isn't allowed; the text names the limits."""


def places_for_passers_by(*, capacity: int, taken: int, waiting: int) -> int:
    """How many places somebody who comes along may book: those free, less the people who wait for them."""
    return max(0, capacity - taken - waiting)


def check_max_participants(places: int, *, taken: int) -> None:
    """A session has at least one place, and never fewer than are held. Raises TooFewPlaces naming the number."""
    if places < 1:
        raise TooFewPlaces("A session has at least one place.")
    if places < taken:
        raise TooFewPlaces(f"{taken} places are held, so there can't be fewer than {taken}.")


def check_duration(minutes: int, *, shortest: int, longest: int) -> None:
    """A session takes whole minutes from shortest to longest, both included. Raises WrongDuration."""
    if not shortest <= minutes <= longest:
        raise WrongDuration(f"A session takes from {shortest} to {longest} minutes.")
