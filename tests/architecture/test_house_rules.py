"""What the house agreed on and a reader of the source can check. Who may import whom is in pyproject.toml."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "liveapp"
SOURCES = {path.relative_to(PACKAGE).as_posix(): path.read_text() for path in PACKAGE.rglob("*.py")}
CLOCK_READS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|managers?|misc)(_|$)")


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for an attribute chain, else an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and dotted(node.value):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def calls(source: str) -> Iterator[str]:
    """The dotted names of everything that a source calls."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield dotted(node.func) or (f"?.{node.func.attr}" if isinstance(node.func, ast.Attribute) else "")


def names_used(source: str) -> set[str]:
    """The dotted names that a source reads."""
    return {dotted(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute | ast.Name)}


def imported_from(source: str, module: str) -> set[str]:
    """What a source imports by name from ``module``."""
    return {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }


def files_where(*, outside: tuple[str, ...], fault: object) -> list[str]:
    """The files, but for those under ``outside``, whose source has the fault."""
    assert callable(fault)
    return sorted(name for name, source in SOURCES.items() if not name.startswith(outside) and fault(source))


def test_only_the_unit_of_work_commits() -> None:
    found = files_where(
        outside=("unit_of_work.py",), fault=lambda source: any(name.endswith(".commit") for name in calls(source))
    )
    assert found == []
    assert "db.session.commit" in set(calls(SOURCES["unit_of_work.py"]))


def test_only_the_clock_reads_the_time() -> None:
    found = files_where(outside=("clock.py", "dev/"), fault=lambda source: CLOCK_READS & set(calls(source)))
    assert found == []
    assert "datetime.now" in set(calls(SOURCES["clock.py"]))


def test_only_settings_read_the_environment() -> None:
    found = files_where(
        outside=("config.py", "clock.py", "dev/"), fault=lambda source: "os.environ" in names_used(source)
    )
    assert found == []


def test_the_cookie_is_touched_only_in_web() -> None:
    found = files_where(outside=("web/",), fault=lambda source: "session" in imported_from(source, "flask"))
    assert found == []


def test_the_database_session_is_touched_only_below_the_edge() -> None:
    """The exceptions end a broken transaction (the health page reports a database that is away, errors are answered),
    or write the demo's first rows, inside `transact`."""
    below = ("domain/", "unit_of_work.py", "db.py", "blueprints/health.py", "web/errors.py", "dev/demo/")
    assert files_where(outside=below, fault=lambda source: "db.session" in names_used(source)) == []


def test_no_name_says_nothing() -> None:
    parts = {part for name in SOURCES for part in Path(name).with_suffix("").parts}
    assert {part for part in parts if VAGUE.search(part)} == set()


def views_of_get(source: str) -> Iterator[ast.FunctionDef]:
    """The functions that answer GET and nothing else."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and any(_is_get(decorator) for decorator in node.decorator_list):
            yield node


def _is_get(decorator: ast.expr) -> bool:
    if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
        return False
    methods = [ast.literal_eval(word.value) for word in decorator.keywords if word.arg == "methods"]
    return decorator.func.attr == "get" or (decorator.func.attr == "route" and methods in ([], [["GET"]]))


@pytest.mark.parametrize("name", [name for name in SOURCES if name.startswith("blueprints/")])
def test_get_never_writes(name: str) -> None:
    writing = [
        view.name
        for view in views_of_get(SOURCES[name])
        if {"transact", "transact_in_turn", "transact_many"} & names_used(ast.unparse(view))
    ]
    assert writing == []


def test_lock_files_carry_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "http" not in text, name
        pinned = [line for line in text.splitlines() if "==" in line]
        assert pinned
        assert all(line.rstrip().endswith("\\") for line in pinned), f"{name}: a package without its hashes"


def test_the_example_environment_names_every_setting() -> None:
    read = set(re.findall(r'read\.\w+\("([A-Z_]+)"', SOURCES["config.py"]))
    read |= set(re.findall(r'self\.text\("([A-Z_]+)"', SOURCES["environ.py"]))
    named = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    served = {"PORT", "FORWARDED_ALLOW_IPS"}
    assert read == named - served
