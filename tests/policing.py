"""A test client that reads every HTML answer as a strict colleague would, and fails the test on what is wrong."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import has_app_context
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from liveapp.db import db

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
NEEDS_NO_LABEL = {"hidden", "submit", "button", "reset", "image"}
DATA_SCRIPTS = {"application/json", "application/ld+json"}
WRITES = {"hx-post", "hx-put", "hx-patch", "hx-delete"}
REFERENCES = {"for", "aria-labelledby", "aria-describedby", "aria-controls"}


class PolicingClient(FlaskClient):
    """Flask's test client with a CSRF token on every unsafe request, a context of its own for each, and the police."""

    def open(self, *args: Any, csrf: bool = True, police: bool = True, **kwargs: Any) -> TestResponse:
        """Make a request. ``csrf=False`` sends it without a token, ``police=False`` lets any HTML pass."""
        method = str(kwargs.get("method", "GET")).upper()
        if csrf and method not in SAFE_METHODS:
            kwargs["headers"] = {"X-CSRFToken": self.csrf_token()} | dict(kwargs.get("headers") or {})
        _end_read()
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        _end_read()
        if police:
            asked_for_partial = dict(kwargs.get("headers") or {}).get("HX-Request") == "true"
            assert_good_html(response, asked_for_partial=asked_for_partial)
        return response

    def htmx(self, path: str, *, method: str = "GET", **kwargs: Any) -> TestResponse:
        """A request as HTMX makes it."""
        headers = {"HX-Request": "true"} | dict(kwargs.pop("headers", None) or {})
        return self.open(path, method=method, headers=headers, **kwargs)

    def page(self, path: str, *, status: int = 200) -> BeautifulSoup:
        """The page at ``path``, parsed; it must have that status."""
        response = self.get(path)
        assert response.status_code == status, f"{path}: {response.status}\n{response.text[:2000]}"
        return soup_of(response)

    def submit(self, form: Tag, **values: Any) -> TestResponse:
        """Send a form as a browser without script would: what it holds, with ``values`` typed over it."""
        filled = values_of(form) | {name: value for name, value in values.items() if value is not None}
        kept = {name: value for name, value in filled.items() if not (name in values and values[name] is None)}
        method = str(form.get("method", "get")).upper()
        sent = {"data" if method == "POST" else "query_string": kept}
        return self.open(str(form.get("action") or ""), method=method, csrf=False, **sent)

    def csrf_token(self) -> str:
        """A token that Flask-WTF takes for this client's session."""
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        return URLSafeTimedSerializer(str(self.application.secret_key), salt="wtf-csrf-token").dumps(raw)


def _end_read() -> None:
    """End the test's own read transaction, so that it neither blocks the request nor hides what it changed."""
    if has_app_context():
        db.session.rollback()


def values_of(form: Tag) -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    values: dict[str, Any] = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        name, kind = str(field["name"]), field.get("type", "text")
        if field.has_attr("disabled") or kind in {"submit", "button", "reset", "image", "file"}:
            continue
        if kind in {"checkbox", "radio"} and not field.has_attr("checked"):
            continue
        for value in _values_of_field(field):
            values[name] = [*_as_list(values[name]), value] if name in values else value
    return values


def _values_of_field(field: Tag) -> list[str]:
    if field.name == "textarea":
        return [field.text.removeprefix("\n")]
    if field.name != "select":
        default = "on" if field.get("type") in {"checkbox", "radio"} else ""
        return [str(field.get("value", default))]
    options = field.select("option")
    chosen = [option for option in options if option.has_attr("selected")]
    if not chosen and not field.has_attr("multiple"):
        chosen = options[:1]
    return [str(option.get("value", option.text)) for option in chosen]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def soup_of(response: TestResponse) -> BeautifulSoup:
    """The answer, parsed: once, since parsing takes longer than answering."""
    kept = vars(response)
    if "soup" not in kept:
        kept["soup"] = BeautifulSoup(response.text, "html.parser")
    soup: BeautifulSoup = kept["soup"]
    return soup


def assert_good_html(response: TestResponse, *, asked_for_partial: bool = False) -> None:
    """Fail when an HTML answer breaks the house rules for pages and partials."""
    redirected = 300 <= response.status_code < 400
    sandboxed = "sandbox" in response.headers.get("Content-Security-Policy", "")
    if response.mimetype != "text/html" or redirected or sandboxed or not response.text.strip():
        return
    is_partial = response.status_code in {200, 422} and "HX-Retarget" not in response.headers  # an alert goes to #flash
    faults = faults_of(soup_of(response), asked_for_partial=asked_for_partial and is_partial)
    faults += _does_not_open_at_its_error(response)
    assert not faults, f"{response.request.path}:\n  " + "\n  ".join(faults)


def _does_not_open_at_its_error(response: TestResponse) -> list[str]:
    """A form that is refused opens at what is wrong, without script too."""
    soup = soup_of(response)
    at = soup.select("[autofocus]")
    if response.status_code != 422 or soup.html is None or not soup.select("[aria-invalid], .field-error"):
        return []
    return [] if len(at) == 1 else [f"a refused form takes the focus at {len(at)} places, not at its error"]


def faults_of(soup: BeautifulSoup, *, asked_for_partial: bool = False) -> list[str]:
    """What is wrong with a page or partial, one sentence each."""
    elements = [node for node in soup.descendants if isinstance(node, Tag)]
    faults = _inline_code(elements) + _doubled_ids(elements) + _unnamed(elements) + _bad_forms(elements)
    if _called(elements, "html"):
        faults += _bad_page(elements) + _dangling_references(elements)
    elif asked_for_partial:
        faults += _bad_partial(soup)
    return faults


def _called(elements: Sequence[Tag], *names: str) -> list[Tag]:
    return [element for element in elements if element.name in names]


def _inline_code(elements: Sequence[Tag]) -> list[str]:
    faults = [
        "an inline script"
        for script in _called(elements, "script")
        if not script.get("src") and script.get("type") not in DATA_SCRIPTS
    ]
    faults += ["an inline style sheet" for _ in _called(elements, "style")]
    for element in elements:
        faults += [f"{_named(element)} has {name}=" for name in element.attrs if name == "style" or name[:2] == "on"]
        if str(element.get("href", "")).lower().startswith("javascript:"):
            faults.append(f"{_named(element)} links to javascript:")
    return faults


def _doubled_ids(elements: Sequence[Tag]) -> list[str]:
    counts = Counter(str(element["id"]) for element in elements if element.has_attr("id"))
    return [f"the id {name!r} occurs {count} times" for name, count in counts.items() if count > 1]


def _unnamed(elements: Sequence[Tag]) -> list[str]:
    labelled = {label.get("for") for label in _called(elements, "label") if label.text.strip()}
    fields = [
        field for field in _called(elements, "input", "select", "textarea") if field.get("type") not in NEEDS_NO_LABEL
    ]
    faults = [
        f"{_named(field)} has no label"
        for field in fields
        if field.get("id") not in labelled and not _names_itself(field) and field.find_parent("label") is None
    ]
    faults += [f"{_named(image)} has no alt" for image in _called(elements, "img") if not image.has_attr("alt")]
    faults += [
        f"{_named(control)} says nothing"
        for control in _called(elements, "button", "a")
        if (control.name == "button" or control.has_attr("href"))
        and not control.text.strip()
        and not _names_itself(control)
        and not control.select("[aria-label], img[alt], title")
    ]
    return faults


def _names_itself(element: Tag) -> bool:
    return bool(element.get("aria-label") or element.get("aria-labelledby"))


def _bad_forms(elements: Sequence[Tag]) -> list[str]:
    faults = []
    for form in _called(elements, "form"):
        posts = str(form.get("method", "get")).lower() == "post"
        if posts and form.find("input", attrs={"name": "csrf_token"}) is None:
            faults.append(f"{_named(form)} posts without a csrf_token")
        if form.find_parent("form") is not None:
            faults.append(f"{_named(form)} is inside another form")
    for element in (element for element in elements if WRITES & element.attrs.keys()):
        form = element if element.name == "form" else element.find_parent("form")
        if form is None or str(form.get("method", "")).lower() != "post" or not form.get("action"):
            faults.append(f"{_named(element)} writes by script only: it needs a real form with method and action")
    return faults


def _bad_page(elements: Sequence[Tag]) -> list[str]:
    faults = []
    headings = _called(elements, "h1")
    if len(headings) != 1 or not headings[0].text.strip():
        faults.append(f"the page has {len(headings)} h1 with words, not one")
    if not any(title.text.strip() for title in _called(elements, "title")[:1]):
        faults.append("the page has no title")
    if len(_called(elements, "main")) != 1:
        faults.append("the page needs one main")
    if not _called(elements, "html")[0].get("lang"):
        faults.append("the page doesn't say its language")
    return faults


def _dangling_references(elements: Sequence[Tag]) -> list[str]:
    ids = {element["id"] for element in elements if element.has_attr("id")}
    faults = []
    for element in elements:
        for attribute in REFERENCES & element.attrs.keys():
            names = str(element[attribute]).split()
            faults += [f"{_named(element)} {attribute} names {name!r}, which isn't there" for name in set(names) - ids]
    return faults


def _bad_partial(soup: BeautifulSoup) -> list[str]:
    roots = [node for node in soup.children if isinstance(node, Tag) and not node.has_attr("hx-swap-oob")]
    if len(roots) == 1 and roots[0].get("id"):
        return []
    return [f"a partial is one element with an id, this has {', '.join(map(_named, roots)) or 'none'} at its root"]


def _named(element: Tag) -> str:
    told = "".join(f" {name}={element[name]!r}" for name in ("id", "name", "action", "href") if element.get(name))
    return f"<{element.name}{told}>"
