"""A bare Flask app that answers with bytes it was given: what the site's pages are measured against."""

import os
from pathlib import Path

from flask import Flask, Response

app = Flask(__name__)
BODIES = {path.name: path.read_bytes() for path in Path(os.environ.get("BENCH_BODIES", ".")).glob("*.body")}


@app.get("/<name>")
def body(name: str) -> Response:
    return Response(BODIES[name], content_type="text/html; charset=utf-8")
