"""One handler per message name. A handler is idempotent: it may run again after a crash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from liveapp.tasks import accounts, attendance, batches, emails, money, payouts, video

HANDLERS: dict[str, Callable[..., Any]] = {
    "apply_batch": batches.apply_batch,
    "charge": money.charge,
    "close_page": money.close_page,
    "end_early": money.end_early,
    "forget_attendance": attendance.forget_attendance,
    "end_unless_back": video.end_unless_back,
    "follow_link": video.follow_link,
    "handle_event": money.handle_event,
    "look_at_calendar": video.look_at_calendar,
    "let_card_go": money.let_card_go,
    "mail_link": accounts.mail_link,
    "send_mail": emails.send_mail,
    "send_payout": payouts.send_payout,
    "send_refund": money.send_refund,
    "settle_booking": money.settle_booking,
}
