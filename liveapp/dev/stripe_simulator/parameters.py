"""Form-encoded parameters, as the SDK sends them, into typed values, or a 400 that names the fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from liveapp.dev.stripe_simulator.refusals import BadParameter, Body

Kind = Callable[[Any, str], Any]
"""Takes the raw value and the parameter's name; returns the typed value or raises BadParameter."""
Spec = Mapping[str, Any]
"""Name → Kind, a Spec for a hash, or [Kind or Spec] for a list. A name that ends in ``!`` is required."""

MOST_METADATA = 50
RETIRED = {"payment_method_types": "payment_method_types_no_longer_supported"}
"""Parameters that this version of the API has given up, and the code it refuses them with."""


def parsed(encoded: str) -> Body:
    """``a[b]=1&c[0]=x`` as ``{"a": {"b": "1"}, "c": ["x"]}``."""
    tree: Body = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        _put(tree, name.replace("]", "").split("["), value)
    return {name: _with_lists(value) for name, value in tree.items()}


def typed(raw: Mapping[str, Any], spec: Spec) -> Body:
    """The values by their kinds. Raises BadParameter for unknown, missing and malformed ones."""
    return _hash(raw, spec, "")


def text(value: Any, name: str) -> str:
    """A text that isn't empty."""
    if not isinstance(value, str):
        raise BadParameter("Invalid string", param=name)
    if not value:
        message = (
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a value."
        )
        raise BadParameter(message, param=name, code="parameter_invalid_empty")
    return value


def clearable(value: Any, name: str) -> str | None:
    """A text; an empty one unsets."""
    return text(value, name) if value else None


def whole(value: Any, name: str) -> int:
    """An integer that isn't negative."""
    try:
        number = int(text(value, name))
    except ValueError:
        raise BadParameter(f"Invalid integer: {value}", param=name, code="parameter_invalid_integer") from None
    if number < 0:
        raise BadParameter(
            "This value must be greater than or equal to 0.", param=name, code="parameter_invalid_integer"
        )
    return number


def amount(value: Any, name: str) -> int:
    """Minor units, at least one and at most eight digits."""
    number = whole(value, name)
    if number < 1:
        message = "This value must be greater than or equal to 1."
        raise BadParameter(message, param=name, code="parameter_invalid_integer")
    if number > 99_999_999:
        raise BadParameter("Amount must be no more than 99999999", param=name, code="amount_too_large")
    return number


def truth(value: Any, name: str) -> bool:
    """``true`` or ``false``."""
    if value not in ("true", "false"):
        raise BadParameter(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def one_of(*words: str) -> Kind:
    """One of these words."""

    def kind(value: Any, name: str) -> str:
        if value not in words:
            listed = " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
            raise BadParameter(f"Invalid {name}: must be one of {listed}", param=name)
        return str(value)

    return kind


def metadata(value: Any, name: str) -> Mapping[str, str]:
    """Texts by names; an empty text deletes, an empty whole deletes all."""
    if value == "":
        return {}
    if not isinstance(value, dict):
        raise BadParameter("Invalid hash", param=name)
    for key, content in value.items():
        if not isinstance(content, str) or len(content) > 500 or len(key) > 40:
            raise BadParameter("Metadata has names of up to 40 and values of up to 500 characters", param=name)
    if len(value) > MOST_METADATA:
        raise BadParameter(f"Metadata can have at most {MOST_METADATA} keys", param=name)
    return dict(value)


def anything(value: Any, name: str) -> Any:
    """A value that is taken and not looked at."""
    return value


def moment_range(value: Any, name: str) -> Mapping[str, int]:
    """A time, or bounds: gt, gte, lt, lte."""
    if isinstance(value, str):
        return {"gte": whole(value, name), "lte": whole(value, name)}
    return _hash(value, {"gt": whole, "gte": whole, "lt": whole, "lte": whole}, name)


ADDRESS: Spec = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), clearable)


def picked(given: Mapping[str, Any], *names: str) -> Body:
    """Those of the names that were given."""
    return {name: given[name] for name in names if name in given}


def merged(old: Mapping[str, str], new: Mapping[str, str] | None) -> dict[str, str]:
    """Metadata after an update: new names added, empty values taken out."""
    return {name: value for name, value in {**old, **(new or {})}.items() if value}


def _put(tree: Body, path: Sequence[str], value: str) -> None:
    for step in path[:-1]:
        inner = tree.setdefault(step, {})
        if not isinstance(inner, dict):
            raise BadParameter("Invalid hash", param=path[0])
        tree = inner
    last = path[-1] or str(len(tree))
    tree[last] = value


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(item) for name, item in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _hash(raw: Any, spec: Spec, within: str) -> Body:
    if not isinstance(raw, Mapping):
        raise BadParameter("Invalid hash", param=within)
    kinds = {name.rstrip("!"): kind for name, kind in spec.items()}
    unknown = [_full(within, name) for name in raw if name not in kinds]
    if unknown:
        words = "parameter" if len(unknown) == 1 else "parameters"
        message = f"Received unknown {words}: {', '.join(unknown)}"
        raise BadParameter(message, param=unknown[0], code=RETIRED.get(unknown[0], "parameter_unknown"))
    for name in spec:
        if name.endswith("!") and name[:-1] not in raw:
            missing = _full(within, name[:-1])
            raise BadParameter(f"Missing required param: {missing}.", param=missing, code="parameter_missing")
    return {name: _value(value, kinds[name], _full(within, name)) for name, value in raw.items()}


def _value(value: Any, kind: Any, name: str) -> Any:
    if isinstance(kind, Mapping):
        return _hash(value, kind, name)
    if isinstance(kind, list):
        if value == "":
            return []
        if not isinstance(value, list):
            raise BadParameter("Invalid array", param=name)
        return [_value(item, kind[0], f"{name}[{number}]") for number, item in enumerate(value)]
    return kind(value, name)


def _full(within: str, name: str) -> str:
    return f"{within}[{name}]" if within else name
