"""The whole vocabulary for answering HTMX: page, swap, invalid, go, signal.

A partial is the page's own element, returned alone. A history restore or a plain request gets the page.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse


def wants_partial() -> bool:
    """Whether HTMX asks for an element to swap in (not for a page to restore its history with)."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def page(template: str, **context: Any) -> Response:
    """A whole page."""
    return _vary(make_response(render_template(template, **context)))


def swap(partial: str, whole: str, **context: Any) -> Response:
    """The partial for HTMX, the whole page that includes it for everybody else: same query, same context."""
    return page(partial if wants_partial() else whole, **context)


def invalid(template: str, **context: Any) -> Response:
    """The form again, with what is wrong next to each field: 422."""
    response = page(template, **context)
    response.status_code = 422
    return response


def go(location: str) -> AnyResponse:
    """On to another page: a redirect, which HTMX is told of in its own header so that the whole page moves."""
    if wants_partial():
        response = make_response("")
        response.headers["HX-Redirect"] = location
        return _vary(response)
    return redirect(location, code=303)


def signal(response: Response, *events: str) -> Response:
    """Adds events that other regions of the page listen for."""
    response.headers["HX-Trigger"] = json.dumps(dict.fromkeys(events, True))
    return response


def _vary(response: Response) -> Response:
    response.vary.add("HX-Request")
    return response
