"""What a plan gives and allows, in words that a member understands."""

from liveapp.rules.wording import counted


def gives_in_words(kind: str, class_credits: int | None, valid_days: int | None, period: str | None) -> str:
    """What a plan gives: "10 credits, valid 90 days", "8 credits each month", "Unlimited for 30 days"."""
    if kind == "pack" and class_credits is None:
        return f"Unlimited for {counted(valid_days or 0, 'day')}"
    if kind == "pack":
        validity = f"valid {counted(valid_days, 'day')}" if valid_days else "which don't lapse"
        return f"{counted(class_credits or 0, 'credit')}, {validity}"
    if class_credits is None:
        return "Unlimited"
    return f"{counted(class_credits, 'credit')} each {period}"


def limits_in_words(per_day: int | None, per_week: int | None, *, overlapping: bool) -> str:
    """What a plan allows: "At most 1 booking a day and 3 a week", and whether bookings may overlap; empty: anything."""
    said = []
    if per_day is not None:
        said.append(f"{counted(per_day, 'booking')} a day")
    if per_week is not None:
        said.append(f"{per_week if said else counted(per_week, 'booking')} a week")
    limits = f"At most {' and '.join(said)}" if said else ""
    return ". ".join(part for part in (limits, "Bookings may overlap" if overlapping else "") if part)
