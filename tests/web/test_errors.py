"""Errors that no view raises itself: a page for people, a problem for programs, with our own sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, abort

from tests.conftest import new_client_of


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "Your role doesn't allow this"), (404, "There is nothing at this address"), (413, "too large to send")],
)
def test_an_error_of_the_framework_is_said_in_our_words(new_app: Callable[..., Flask], status: int, words: str) -> None:
    app = new_app()
    for path in ("/broken", "/api/broken"):
        app.add_url_rule(path, path.strip("/").replace("/", "-"), lambda: abort(status))
    client = new_client_of(app)
    answer = client.get("/broken")
    assert answer.status_code == status
    assert words in answer.text.replace("&#39;", "'")
    problem = client.get("/api/broken")
    assert problem.content_type == "application/problem+json"
    assert problem.json
    assert words in problem.json["detail"]
