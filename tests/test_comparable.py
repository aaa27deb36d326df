"""Two environments give equal digests for what is the same in them, and different ones for what is not."""

from __future__ import annotations

from typing import Any

import pytest

from architect.provision import comparable
from architect.provision.recorder import digest

REFS = ("a" * 20, "b" * 20)
UUIDS = ("01a1fd02-d6c4-7693-adb1-27c596a7271c", "7c4c8f30-0d1e-4b4f-9b62-0b5a4d9d1f3e")


def pair(tool: str, make: Any, **arguments: Any) -> tuple[str, str]:
    """Digests of what ``make`` says of two environments."""
    forms = [comparable.of(tool, {"project_id": ref, **arguments}, make(n)) for n, ref in enumerate(REFS)]
    assert forms[0].rule == forms[1].rule is not None
    return digest(forms[0].value), digest(forms[1].value)


def function(n: int, **changed: Any) -> dict[str, Any]:
    folder = f"file:///tmp/user_fn_{REFS[n]}_{UUIDS[n]}_{n + 1}/source"
    entry = {"id": UUIDS[n], "slug": "hello", "name": "hello", "status": "ACTIVE", "version": n + 1}
    entry |= {"created_at": n, "updated_at": n, "verify_jwt": True, "entrypoint_path": f"{folder}/index.ts"}
    return entry | changed


def table(n: int, **changed: Any) -> dict[str, Any]:
    return {"name": "public.notes", "rls_enabled": True, "rows": n, "bytes": 8192 * n} | changed


def key(n: int, **changed: Any) -> dict[str, Any]:
    return {"type": "publishable", "name": "default", "api_key": f"sb_{n}", "id": UUIDS[n]} | changed


#: tool, what it says of environment 0 and 1 (the same), what else of 1 (not the same).
CASES: dict[str, tuple[str, Any, Any]] = {
    "uuids": (
        "execute_sql",
        lambda n: [{"id": UUIDS[n], "again": f"/users/{UUIDS[n]}"}],
        lambda n: [{"id": UUIDS[n], "again": f"/users/{UUIDS[1 - n] if n else UUIDS[n]}"}],
    ),
    "times": (
        "execute_sql",
        lambda n: [{"at": f"2026-11-21 07:29:4{n}.12+00", "z": f"2026-11-2{n}T07:29:41Z"}],
        lambda n: [{"at": "2026-11-21 07:29:40+00", "z": "never" if n else "2026-11-21T07:29:41Z"}],
    ),
    "versions": (
        "execute_sql",
        lambda n: [{"entries": [[f"2026112107294{n}", "tables", ["create table a ()"]]]}],
        lambda n: [{"entries": [["20261121072941", "tables", [f"create table a{n} ()"]]]}],
    ),
    "refs": ("execute_sql", lambda n: [{"url": f"http://{REFS[n]}.x"}], lambda n: [{"url": f"http://{n}.x"}]),
    "rows": ("execute_sql", lambda n: [{"n": 1}, {"n": 2}], lambda n: [{"n": 1 + n}, {"n": 2 - n}]),
    "ledger": (
        "list_migrations",
        lambda n: {"migrations": [{"version": f"2026112107294{n}", "name": "a"}]},
        lambda n: {"migrations": [{"version": "20261121072941", "name": "a"}] * (n + 1)},
    ),
    "function": ("deploy_edge_function", function, lambda n: function(n, verify_jwt=not n)),
    "functions": (
        "list_edge_functions",
        lambda n: {"functions": [function(n), function(n, slug="z")][:: 1 - 2 * n]},
        lambda n: {"functions": [function(n)] * (n + 1)},
    ),
    "source": (
        "get_edge_function",
        lambda n: function(n, files=[{"name": "index.ts", "content": "x"}]),
        lambda n: function(n, files=[{"name": "index.ts", "content": str(n)}]),
    ),
    "tables": (
        "list_tables",
        lambda n: {"tables": [table(n), table(n, name="public.a")][:: 1 - 2 * n]},
        lambda n: {"tables": [table(n, rls_enabled=not n)]},
    ),
    "keys": (
        "get_publishable_keys",
        lambda n: {"keys": [key(n), key(n, name="old", disabled=True)][: 2 - n]},
        lambda n: {"keys": [key(n, disabled=bool(n))]},
    ),
    "advisors": (
        "get_advisors",
        lambda n: {"result": {"lints": [{"cache_key": "a"}, {"cache_key": "b"}][:: 1 - 2 * n]}},
        lambda n: {"result": {"lints": [{"cache_key": "a"}] * n}},
    ),
    "buckets": (
        "list_storage_buckets",
        lambda n: {"buckets": [{"id": UUIDS[n], "name": "pics", "public": True, "created_at": n}]},
        lambda n: {"buckets": [{"name": "pics", "public": bool(n)}]},
    ),
    "applied": ("apply_migration", lambda n: {"success": True}, lambda n: {"success": not n}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_may_differ_does_not_show_and_what_may_not_does(case: str) -> None:
    tool, same, other = CASES[case]
    one, two = pair(tool, same)
    assert one == two
    one, two = pair(tool, other)
    assert one != two


def test_a_uuid_that_the_call_names_is_itself() -> None:
    one, two = pair("execute_sql", lambda n: [{"id": UUIDS[n]}], query=f"select {UUIDS[0]!r}")
    assert one != two


def test_rows_without_anything_that_may_differ_are_hashed_as_they_are() -> None:
    rows = [{"n": 1, "text": "x", "none": None, "list": [1.5, True]}]
    assert comparable.of("execute_sql", {"project_id": REFS[0]}, rows) == comparable.Form(rows, "rows/1")


@pytest.mark.parametrize(
    ("tool", "said"),
    [("list_branches", "account"), ("query_logs", "different every time"), ("a_new_tool", "no rule")],
)
def test_what_cannot_be_compared_says_why(tool: str, said: str) -> None:
    assert comparable.of(tool, {}, {"x": 1}) == comparable.Form({"x": 1}, None)
    assert said in comparable.why_not(tool)


@pytest.mark.parametrize("result", [None, [], {}, "text", {"migrations": None}, {"migrations": [1]}])
def test_an_answer_of_another_shape_is_not_compared(result: Any) -> None:
    assert comparable.of("list_migrations", {}, result).rule is None
