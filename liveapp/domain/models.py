"""Every table, imported in one place, for migrations and the session factory."""

from liveapp.domain.accounts import models as accounts
from liveapp.domain.attendance import models as attendance
from liveapp.domain.audit import models as audit
from liveapp.domain.availability import models as availability
from liveapp.domain.bookings import models as bookings
from liveapp.domain.bulk import models as bulk
from liveapp.domain.catalogue import models as catalogue
from liveapp.domain.displays import models as displays
from liveapp.domain.idempotency import models as idempotency
from liveapp.domain.live_sessions import models as live_sessions
from liveapp.domain.notifications import models as notifications
from liveapp.domain.outbox import models as outbox
from liveapp.domain.payments import models as payments
from liveapp.domain.payouts import models as payouts
from liveapp.domain.plans import models as plans
from liveapp.domain.video import models as video
from liveapp.domain.workouts import models as workouts

__all__ = [
    "accounts",
    "attendance",
    "audit",
    "availability",
    "bookings",
    "bulk",
    "catalogue",
    "displays",
    "idempotency",
    "live_sessions",
    "notifications",
    "outbox",
    "payments",
    "payouts",
    "plans",
    "video",
    "workouts",
]
