"""What moving a booking costs or brings back, in sentences for its holder; and what the form showed of it, signed."""

from __future__ import annotations

from typing import Any

from liveapp.rules.moving import Move, Paid
from liveapp.web.filters import fmt_amount, pay_there
from liveapp.web.signing import BadToken, Purpose, sign_values, unsign_values


def signed(move: Move) -> str:
    """The value of the form's field: how the new place is paid."""
    return sign_values(Purpose.SHOWN, [move.paid.paid_by, move.paid.price_minor])


def read(value: str | None) -> Paid | None:
    """How the form said that the new place is paid; None where it doesn't say, or somebody made it up."""
    try:
        return Paid(*unsign_values(Purpose.SHOWN, value or ""))
    except (BadToken, TypeError):
        return None


def words(booking: Any, move: Move) -> str:
    """What becomes of what is paid. `booking`: paid_by, currency, plan_name, format, organization_name."""
    credit = {
        "taken": "1 credit of your plan is used.",
        "back": f"The credit of “{booking.plan_name}” comes back.",
        "stays": f"“{booking.plan_name}” pays as before.",
    }.get(move.credit, "")
    return " ".join(filter(None, (_money(booking, move), credit)))


def _money(booking: Any, move: Move) -> str:
    price, back = (fmt_amount(minor, booking.currency) for minor in (move.paid.money, move.back))
    if move.pays_first and move.paid.paid_by == "after_session":
        return f"It costs {price}. You save a card on the next page, and it is charged when the session is over."
    if move.pays_first:
        return f"It costs {price}, by card on the next page. {_back(booking, move, back)}".strip()
    if booking.paid_by == "after_session" and move.paid.paid_by == "after_session":
        return f"Your card is charged {_charged(booking, move)} after the session." if move.more or move.back else ""
    if move.more:
        more = fmt_amount(move.costs, booking.currency)
        return f"It costs {price}, paid {pay_there(booking, booking.organization_name)}: {more} more than now."
    return _back(booking, move, back)


def _back(booking: Any, move: Move, back: str) -> str:
    """What comes back of what was paid, or would have been charged."""
    if not move.back:
        return ""
    if booking.paid_by == "at_booking":
        return f"{back} goes back to the card that you paid with."
    if booking.paid_by == "after_session":
        return f"Your card is charged {_charged(booking, move)} after the session."
    where = "at the desk" if booking.format != "online" else f"from {booking.organization_name}"
    return f"It costs {back} less, which you get back {where} if you have paid."


def _charged(booking: Any, move: Move) -> str:
    return fmt_amount(Paid(booking.paid_by, booking.price_minor).money + move.costs, booking.currency)


def for_staff(booking: Any, move: Move) -> str:
    """The same for staff who move somebody, for no more than they agreed to. `booking`: also price_minor."""
    if move.credit:
        credit = f"The credit of {booking.plan_name} "
        return {"stays": credit + "moves along.", "back": credit + "comes back."}.get(move.credit, "")
    if not Paid(booking.paid_by, booking.price_minor).money:
        return ""
    price, back = (fmt_amount(minor, booking.currency) for minor in (move.paid.money, move.back))
    if booking.paid_by == "after_session":
        return f"Their card is charged {_charged(booking, move)} after the session."
    if booking.paid_by == "at_booking":
        return f"{back} goes back to their card." if move.back else f"The {price} paid by card move along."
    if move.back:
        return f"It costs {back} less: hand that back if they have paid."
    return f"The {price} at the desk are owed there instead."
