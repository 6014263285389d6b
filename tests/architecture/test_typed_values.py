"""What somebody typed stays: no link inside a form that holds typed values leads away from it, but for its way back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask

from tests.architecture.test_routes import OPEN, ROWS, World, _address, _browser, _rules, world
from tests.conftest import ON_ONE_DATABASE
from tests.policing import PolicingClient

__all__ = ["world"]
TYPED = "input:not([type=hidden], [type=submit], [type=button], [type=search]), select, textarea"


@ON_ONE_DATABASE
@pytest.mark.parametrize("role", ["owner", "member", "anonymous"])
def test_no_link_inside_a_form_that_holds_typed_values(
    app: Flask, world: World, new_client: Callable[[], PolicingClient], role: str
) -> None:
    client, faults, walked = _browser(new_client, world, role), set(), 0
    for rule in _rules(app, "GET"):
        row = ROWS[rule.endpoint]
        if row.access[role] != OPEN:
            continue
        answer = client.get(_address(app, rule, row, world))
        if answer.mimetype != "text/html" or answer.status_code >= 300:
            continue
        for form in BeautifulSoup(answer.text, "html.parser").select("form"):
            if form.get("method") == "post" and form.select(TYPED):
                walked += 1
                faults |= {f"{rule.endpoint}: {link.text.strip()} → {link['href']}" for link in _leading_away(form)}
    assert walked > 3
    assert not faults, "\n".join(sorted(faults))


def _leading_away(form: Tag) -> list[Tag]:
    """Links that take one somewhere else in the same tab; the way back, one beside the form's buttons, is meant to."""
    links = [link for link in form.select("a[href]") if not str(link["href"]).startswith("#")]
    back = [actions.select("a[href]")[-1] for actions in form.select(".form-actions") if actions.select("a[href]")]
    return [link for link in links if link.get("target") != "_blank" and link not in back]
