"""What the site's pages are measured against: a bare Flask app that answers with bytes it was given, and a bare page of
fifty rows by SQLAlchemy's ORM and Jinja, without anything else that a page has."""

import os
from pathlib import Path

from flask import Flask, Response
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from liveapp.domain.models import live_sessions

app = Flask(__name__)
BODIES = {path.name: path.read_bytes() for path in Path(os.environ.get("BENCH_BODIES", ".")).glob("*.body")}
engine = create_engine(
    os.environ["DATABASE_URL"], connect_args={"options": "-csearch_path=ext_live_sessions"}, pool_size=8
)
TEMPLATE = app.jinja_env.from_string("""<!DOCTYPE html><title>Sessions</title><h1>Sessions</h1><ul>
{% for session in sessions %}<li><a href="/sessions/{{ session.id }}">{{ session.title }}</a>
 <span>{{ session.scheduled_at.strftime("%H:%M") }}</span> <span>{{ session.duration_minutes }} min</span>
 <span>{{ session.format }}</span>
 <span>{{ session.max_participants - session.participant_count }} places left</span></li>
{% endfor %}</ul>""")


@app.get("/<name>")
def body(name: str) -> Response:
    return Response(BODIES[name], content_type="text/html; charset=utf-8")


@app.get("/rows")
def rows() -> str:
    with Session(engine) as session:
        found = session.scalars(
            select(live_sessions.LiveSession).order_by(live_sessions.LiveSession.scheduled_at).limit(50)
        ).all()
        return TEMPLATE.render(sessions=found)
