"""``/database/query`` speaks postgres-meta's dialect, migrations are all or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from architect.embedded.platform import encode, statements
from tests.fixtures.platform import Platform


@pytest.fixture
def api(platform: Platform) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1::int4", 1),
        ("9007199254740991::int8", 9007199254740991),
        ("9007199254740993::int8", "9007199254740993"),
        ("-9007199254740993::int8", "-9007199254740993"),
        ("1.50::numeric", "1.50"),
        ("1.5::float8", 1.5),
        ("'NaN'::float8", None),
        ("true", True),
        ("null::text", None),
        ("date '2026-11-21'", "2026-11-21"),
        ("timestamp '2026-11-21 01:02:03.5'", "2026-11-21 01:02:03.5"),
        ("timestamptz '2026-11-21 01:02:03+00'", "2026-11-21 01:02:03+00"),
        ("interval '1 day 2 hours'", "1 day 02:00:00"),
        ("'{\"a\": [1, null]}'::jsonb", {"a": [1, None]}),
        ("'\\x01ff'::bytea", {"type": "Buffer", "data": [1, 255]}),
        ("array[1, null, 3]", [1, None, 3]),
        ("array['a', 'b,\"c\"', 'NULL', null, '']", ["a", 'b,"c"', "NULL", None, ""]),
        ("array[array[1, 2], array[3, 4]]", [[1, 2], [3, 4]]),
        ("array[9007199254740993::int8]", ["9007199254740993"]),
        ("'10.0.0.1'::inet", "10.0.0.1"),
        ("point(1, 2)", "(1,2)"),
    ],
)
def test_values_are_encoded_as_hosted(platform: Platform, expression: str, value: Any) -> None:
    assert platform.sql(platform.workspace_ref, f"select {expression} as v") == [{"v": value}]


def test_rows_of_the_last_result_that_has_some(platform: Platform) -> None:
    ref = platform.workspace_ref
    assert platform.sql(ref, "select 1 as a; select 2 as b; select 3 as c where false") == [{"b": 2}]
    assert platform.sql(ref, "create temp table t (id int); drop table t") == []
    assert platform.sql(ref, "select 1 as same, 2 as same") == [{"same": 2}]
    assert platform.sql(ref, "select $1::int + 1 as n, $2::text[] as t", parameters=[41, ["a", 'b"']]) == [
        {"n": 42, "t": ["a", 'b"']}
    ]


@pytest.mark.parametrize(
    ("sql", "start"),
    [
        (
            "select * from nope",
            'Failed to run sql query: ERROR:  42P01: relation "nope" does not exist\n'
            "LINE 1: select * from nope\n",
        ),
        (
            "select\n  1 frm x",
            'Failed to run sql query: ERROR:  42601: syntax error at or near "x"\nLINE 2:   1 frm x\n',
        ),
        ("select 1/0", "Failed to run sql query: ERROR:  22012: division by zero\n"),
    ],
)
def test_errors_read_as_hosted(api: httpx.Client, platform: Platform, sql: str, start: str) -> None:
    answer = api.post(f"/projects/{platform.workspace_ref}/database/query", json={"query": sql})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(start)


def test_read_only_cannot_write_by_any_way(platform: Platform, api: httpx.Client, branch: str) -> None:
    platform.sql(
        branch,
        "create table kept (id int); create function sneak() returns int language sql security definer"
        " set search_path = '' as 'insert into public.kept values (1) returning id';",
    )
    denied = api.post(
        f"/projects/{branch}/database/query", json={"query": "create table x ()", "read_only": True}
    )
    assert denied.status_code == 400
    assert "permission denied for schema public" in denied.json()["message"]
    for sql in (
        "insert into kept values (1)",
        "commit; insert into kept values (1)",
        "set role postgres",
        "select sneak()",
    ):
        api.post(f"/projects/{branch}/database/query", json={"query": sql, "read_only": True})
    assert platform.sql(branch, "select count(*) as n from kept", read_only=True) == [{"n": 0}]
    who = platform.sql(branch, "select current_user as u", read_only=True)
    assert who == [{"u": "supabase_read_only_user"}]
    assert platform.sql(branch, "select current_user as u, current_setting('is_superuser') as s") == [
        {"u": "postgres", "s": "off"}
    ]


def test_migrations_in_one_second_get_different_versions(
    platform: Platform, api: httpx.Client, branch: str
) -> None:
    for number in range(4):
        assert _apply(api, branch, f"m{number}", f"create table m{number} (id int)").status_code == 200
    ledger = api.get(f"/projects/{branch}/database/migrations").json()
    versions = [m["version"] for m in ledger]
    assert [m["name"] for m in ledger] == ["m0", "m1", "m2", "m3"]
    assert len(set(versions)) == 4
    assert all(re.fullmatch(r"\d{14}", v) for v in versions)
    stored = api.get(f"/projects/{branch}/database/migrations/{versions[0]}").json()
    assert stored["statements"] == ["create table m0 (id int)"]


@pytest.mark.parametrize(
    "sql",
    [
        "create table half (id int); select * from nope",
        "create table half (id int); commit; select 1",
        "create table half (id int); ROLLBACK",
        "begin; create table half (id int); end",
        "create table half (id int); /* ; */ start transaction",
        "create table half (id int); prepare transaction 'x'",
        "create table half (id int primary key, ref int references half deferrable initially deferred);"
        " insert into half values (1, 2)",
    ],
)
def test_failed_migration_leaves_nothing(
    platform: Platform, api: httpx.Client, branch: str, sql: str
) -> None:
    assert _apply(api, branch, "half", sql).status_code == 400
    assert api.get(f"/projects/{branch}/database/migrations").json() == []
    assert platform.sql(branch, "select to_regclass('public.half') as t") == [{"t": None}]


def test_idempotency_key_applies_once(api: httpx.Client, branch: str) -> None:
    headers = {"Idempotency-Key": "build-1"}
    first = _apply(api, branch, "once", "create table once (id int)", headers=headers)
    second = _apply(api, branch, "once", "create table once (id int)", headers=headers)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert len(api.get(f"/projects/{branch}/database/migrations").json()) == 1


def test_splitting_knows_where_a_statement_ends() -> None:
    sql = """
    create table a (t text default ';'); -- not here;
    create function f() returns int language sql
      begin atomic select case when true then 1 else 2 end; select 2; end;
    do $x$ begin perform 1; end $x$;
    /* nor /* here; */ ; */ select E'\\';', "a;b", $$;$$;
    -- only a comment
    """
    assert [s.split()[0] for s in statements.split(sql)] == ["create", "--", "do", "/*"]
    assert statements.transaction_control(sql) is None
    assert statements.transaction_control("savepoint a; rollback to savepoint a") is None
    assert statements.transaction_control("select 1; /*x*/ Commit") == "COMMIT"


def test_array_literals_of_any_shape() -> None:
    assert encode.parse_array("[0:1]={1,2}", int) == [1, 2]
    assert encode.parse_array('{{a,"b\\"c"},{NULL,"NULL"}}') == [["a", 'b"c'], [None, "NULL"]]
    assert encode.parse_array("{}") == []
    assert encode.parameter([1, None, ["x"], 'q"\\']) == '{"1",NULL,{"x"},"q\\"\\\\"}'


def _apply(api: httpx.Client, ref: str, name: str, sql: str, **options: Any) -> httpx.Response:
    return api.post(f"/projects/{ref}/database/migrations", json={"name": name, "query": sql}, **options)
