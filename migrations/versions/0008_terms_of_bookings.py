"""terms of bookings: what a booking was made under lies on it, and no longer beside its payment

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa

from migrations.tables import add_columns, drop_columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIERS = ("free_cancellation_hours", "partial_refund_hours", "partial_refund_percent")
PERCENTAGES = ("no_show_wait_percent", "min_payable_percent", "no_show_percent", "no_show_refund_percent")
FEES = ("late_cancel_fee_minor", "late_cancel_fee_percent", "no_show_fee_minor", "no_show_fee_percent")
COUNTS = ("count_late_cancellations", "count_no_shows")
OTHERS = (*PERCENTAGES, *FEES, *COUNTS, "credit_extension_days")
CHECKED = ("partial_refund_percent", *PERCENTAGES, "late_cancel_fee_percent", "no_show_fee_percent")
CHECKS = {
    "list_price_minor": "list_price_minor >= 0",
    "plan_only": "NOT plan_only OR list_price_minor IS NULL",
    "refund_hours": "partial_refund_hours BETWEEN 0 AND free_cancellation_hours",
    **{name: f"{name} BETWEEN 0 AND 100" for name in CHECKED},
    "fees": "late_cancel_fee_minor >= 0 AND no_show_fee_minor >= 0",
}
OF_PAYMENTS = ("free_cancellation_hours", "partial_refund_hours", "partial_refund_hundredths")
CHECKS_OF_PAYMENTS = {
    "refund_hours": "partial_refund_hours BETWEEN 0 AND free_cancellation_hours",
    "partial_refund_hundredths": "partial_refund_hundredths BETWEEN 0 AND 10000",
}

SETTINGS_OF_NOW = "UPDATE bookings SET {} FROM organizations AS o WHERE o.id = bookings.organization_id"
NO_FEES_WITHOUT_CARDS = """
UPDATE bookings
   SET late_cancel_fee_minor = 0, late_cancel_fee_percent = 0, no_show_fee_minor = 0, no_show_fee_percent = 0
  FROM organizations AS o WHERE o.id = bookings.organization_id AND o.payment_provider <> 'stripe'
"""
PRICES_OF_NOW = """
UPDATE bookings SET list_price_minor = s.price_minor, plan_only = s.plan_only
  FROM sessions AS s WHERE s.id = bookings.session_id
"""
TIERS_OF_THE_PAYMENT = """
UPDATE bookings
   SET free_cancellation_hours = p.free_cancellation_hours, partial_refund_hours = p.partial_refund_hours,
       partial_refund_percent = p.partial_refund_hundredths / 100
  FROM payments AS p WHERE p.booking_id = bookings.id AND p.purpose = 'booking' AND p.status <> 'dropped'
"""
DEFAULT_TIERS = """
UPDATE payments SET free_cancellation_hours = 24, partial_refund_hours = 12, partial_refund_hundredths = 5000
"""
TIERS_OF_THE_BOOKING = """
UPDATE payments
   SET free_cancellation_hours = b.free_cancellation_hours, partial_refund_hours = b.partial_refund_hours,
       partial_refund_hundredths = b.partial_refund_percent * 100
  FROM bookings AS b WHERE b.id = payments.booking_id
"""


def upgrade() -> None:
    """Bookings of before get the settings as they are now, but the tiers that their payment was opened under."""
    settings = SETTINGS_OF_NOW.format(", ".join(f"{name} = o.{name}" for name in (*TIERS, *OTHERS)))
    fill = (settings, NO_FEES_WITHOUT_CARDS, PRICES_OF_NOW, TIERS_OF_THE_PAYMENT)
    add_columns("bookings", columns(), fill=fill, checks=CHECKS)
    drop_columns("payments", OF_PAYMENTS, checks=tuple(CHECKS_OF_PAYMENTS))


def downgrade() -> None:
    tiers = [sa.Column(name, sa.Integer(), nullable=False) for name in OF_PAYMENTS]
    add_columns("payments", tiers, fill=(DEFAULT_TIERS, TIERS_OF_THE_BOOKING), checks=CHECKS_OF_PAYMENTS)
    drop_columns("bookings", [column.name for column in columns()], checks=tuple(CHECKS))


def columns() -> list[sa.Column[object]]:
    """What bookings have from now on."""
    amounts = {name: sa.BigInteger() for name in FEES if name.endswith("_minor")}
    types = amounts | {name: sa.Boolean() for name in COUNTS}
    return [
        sa.Column("list_price_minor", sa.BigInteger(), nullable=True),
        sa.Column("plan_only", sa.Boolean(), nullable=False),
        *(sa.Column(name, types.get(name, sa.Integer()), nullable=False) for name in (*TIERS, *OTHERS)),
    ]
