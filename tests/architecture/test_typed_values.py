"""What somebody typed stays: no link inside a form that holds typed values leads away from it, but for its way back,
and whatever other button of the form is pressed, it comes back with them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask

from tests.architecture.test_routes import OPEN, ROWS, World, _address, _browser, _rules, world
from tests.conftest import ON_ONE_DATABASE
from tests.policing import PolicingClient, values_of

__all__ = ["world"]
TEXTS = "input[name]:not([type=hidden], [type=radio], [type=checkbox], [type=search]), textarea[name]"
TYPED = "input:not([type=hidden], [type=submit], [type=button], [type=search]), select, textarea"


@ON_ONE_DATABASE
@pytest.mark.parametrize("role", ["owner", "member", "anonymous"])
def test_no_link_inside_a_form_that_holds_typed_values(
    app: Flask, world: World, new_client: Callable[[], PolicingClient], role: str
) -> None:
    client, faults, walked = _browser(new_client, world, role), set(), 0
    for path in _pages(app, world, role):
        answer = client.get(path)
        if answer.mimetype != "text/html" or answer.status_code >= 300:
            continue
        for form in BeautifulSoup(answer.text, "html.parser").select("form"):
            if form.get("method") == "post" and form.select(TYPED):
                walked += 1
                faults |= {f"{path}: {link.text.strip()} → {link['href']}" for link in _leading_away(form)}
    assert walked > 3
    assert not faults, "\n".join(sorted(faults))


@ON_ONE_DATABASE
@pytest.mark.parametrize("role", ["owner", "anonymous"])
def test_what_was_typed_comes_back_with_whatever_button_is_pressed(
    app: Flask, world: World, new_client: Callable[[], PolicingClient], role: str
) -> None:
    """Named buttons beside the one that saves, as they work without script; one that leads on did save."""
    client, lost, pressed = _browser(new_client, world, role), [], 0
    for path in _pages(app, world, role):
        answer = client.get(path)
        if answer.mimetype != "text/html" or answer.status_code >= 300:
            continue
        for form in BeautifulSoup(answer.text, "html.parser").select("form[method=post]"):
            texts = [str(each["name"]) for each in form.select(TEXTS) if each.get("type", "text") == "text"]
            typed = dict.fromkeys(texts, "Typed")
            for button in form.select("button[name][value], button[formaction]") if typed else ():
                again = _pressed(client, form, button, typed)
                if again is not None:
                    pressed += 1
                    held = {
                        str(each["name"]): str(each.get("value") or each.text).strip() for each in again.select(TEXTS)
                    }
                    gone = [name for name in texts if held.get(name) != "Typed" and name != button.get("name")]
                    lost += [f"{path} {button.get_text(strip=True)}: {name}" for name in gone]
    assert pressed > (2 if role == "owner" else -1)
    assert not lost, "\n".join(lost)


def _pages(app: Flask, world: World, role: str) -> list[str]:
    """Every page that the role may open."""
    rules = [rule for rule in _rules(app, "GET") if ROWS[rule.endpoint].access[role] == OPEN]
    return [_address(app, rule, ROWS[rule.endpoint], world) for rule in rules]


def _pressed(client: PolicingClient, form: Tag, button: Tag, typed: dict[str, str]) -> BeautifulSoup | None:
    """The page that comes back when the button is pressed with everything typed; None where it leads on."""
    sent = values_of(form) | typed
    if button.get("name"):
        sent[str(button["name"])] = str(button.get("value", ""))
    answer = client.post(str(button.get("formaction") or form.get("action")), data=sent)
    return BeautifulSoup(answer.text, "html.parser") if answer.status_code in (200, 422) else None


def _leading_away(form: Tag) -> list[Tag]:
    """Links that take one somewhere else in the same tab; the way back, one beside the form's buttons, is meant to."""
    links = [link for link in form.select("a[href]") if not str(link["href"]).startswith("#")]
    back = [actions.select("a[href]")[-1] for actions in form.select(".form-actions") if actions.select("a[href]")]
    return [link for link in links if link.get("target") != "_blank" and link not in back]
