"""Whatever is sent to the Management API: a clear refusal, never a 500, and nothing changed or half-made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from fastapi.openapi.utils import get_openapi
from psycopg import sql

from architect.catalog.fingerprint import fingerprint
from architect.embedded.platform.api import router
from architect.embedded.postgres import Cluster
from tests.fixtures.platform import Platform

OPENAPI = get_openapi(title="", version="", routes=router.routes)
PATHS = OPENAPI["paths"]
#: One for each (method, path) of the whole API.
ROUTES = [(method.upper(), path) for path in PATHS for method in PATHS[path] if path.startswith("/v1")]
WITH_BODY = [(m, path) for m, path in ROUTES if "requestBody" in PATHS[path][m.lower()]]
#: Names that no path may lead anywhere with (group 21, 22, and what 6.3 knows of Postgres).
STRANGE = {
    "nobody": "zzzzzzzzzzzzzzzzzzzz",
    "uuid": "6f1c2a4e-0000-4000-8000-000000000000",
    "climbing": "../../../etc/passwd",
    "encoded": "%2e%2e%2fplatform",
    "sql": "x'; drop table projects; --",
    "quotes": '"a"b',
    "nul": "a\x00b",
    "long": "a" * 5000,
    "other script": "ⅰnvalid‮ref",
    "newline": "a\r\nx-evil: 1",
    "format": "{ref}%s{0}",
    "empty-ish": " ",
}
NOT_JSON = {
    "no json": b"{",
    "not utf-8": b'{"name": "\xff\xfe"}',
    "a bare word": b"hello",
    "nothing": b"",
    "deep": b"[" * 20_000,
}
NOT_MEANT = {
    "null": None,
    "list": [],
    "list of lists": [[[]]],
    "number": 5,
    "text": "x",
    "wrong types": {key: {"a": [1]} for key in ("name", "query", "branch_name", "slug", "status", "value")},
    "surrogate": dict.fromkeys(("name", "query", "branch_name", "organization_slug"), chr(0xD800)),
    "nul": dict.fromkeys(("name", "query", "branch_name", "organization_slug", "region"), "a\x00b"),
    "huge": dict.fromkeys(("name", "branch_name", "organization_slug", "region", "slug"), "x" * 2000000),
}
TABLES = """
select tablename from pg_tables where schemaname = 'public' and tablename not like 'log%' order by 1
"""
CONTENT = "select count(*)::int, md5(string_agg(t::text, '' order by t::text)) from {} t"


@pytest.fixture(scope="module")
def api(platform: Platform) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {platform.token}"}
    with httpx.Client(base_url=platform.api_url, headers=headers, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def target(platform: Platform, api: httpx.Client) -> Iterator[str]:
    """A branch with a table, a ledger entry, a function and a secret: things that could be harmed."""
    name = {"branch_name": "bad-input"}
    ref = api.post(f"/v1/projects/{platform.workspace_ref}/branches", json=name).json()["project_ref"]
    script = "create table public.notes (id int); insert into public.notes values (1)"
    made, secret = {"name": "notes", "query": script}, {"name": "A_KEY", "value": "canary-value"}
    assert api.post(f"/v1/projects/{ref}/database/migrations", json=made).is_success
    assert platform.deploy(ref, "hello", {"index.ts": "Deno.serve(() => new Response('hi'))"}).is_success
    assert api.post(f"/v1/projects/{ref}/secrets", json=[secret]).is_success
    yield ref
    api.delete(f"/v1/branches/{ref}")


def state(cluster: Cluster, ref: str) -> list[Any]:
    """Everything that a request could have changed."""
    with psycopg.connect(cluster.dsn(f"env_{ref}", "postgres"), autocommit=True) as connection:
        seen: list[Any] = [fingerprint(connection)["fingerprint"]]
        seen += connection.execute("select * from public.notes").fetchall()
        ledger = "select version, name, statements from supabase_migrations.schema_migrations order by 1"
        seen += connection.execute(ledger).fetchall()
    with psycopg.connect(cluster.dsn("platform", "supabase_admin"), autocommit=True) as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            seen += connection.execute(sql.SQL(CONTENT).format(sql.Identifier(table))).fetchall()
        seen += connection.execute("select datname from pg_database order by 1").fetchall()
    return seen


def refused(answer: httpx.Response, *, also: tuple[int, ...] = ()) -> None:
    """The one error shape, without a traceback, or one of the status codes that are no harm."""
    if answer.status_code in also:
        return
    assert 400 <= answer.status_code < 500, (
        f"{answer.request.method} {answer.request.url}: {answer.text[:300]}"
    )
    if answer.request.method == "HEAD":
        return
    message = answer.json()["message"]
    assert isinstance(message, str)
    assert message
    assert "Traceback" not in answer.text
    assert "psycopg" not in answer.text
    assert len(answer.text) < 10_000, "an answer does not echo what it was sent"


@pytest.mark.parametrize("name", STRANGE)
def test_strange_names_in_paths_lead_nowhere(
    api: httpx.Client, cluster: Cluster, target: str, name: str
) -> None:
    before = state(cluster, target)
    for method, path in ROUTES:
        if "{" not in path:
            continue
        url = re.sub(r"\{[^}]+\}", quote(STRANGE[name], safe=""), path)
        body = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
        refused(api.request(method, url, **body))
    assert state(cluster, target) == before


@pytest.mark.parametrize("name", STRANGE)
def test_strange_names_below_a_real_project_lead_nowhere(
    api: httpx.Client, cluster: Cluster, target: str, name: str
) -> None:
    before = state(cluster, target)
    for method, path in ROUTES:
        rest = path.replace("{ref}", target, 1)
        if "{ref}" not in path or "{" not in rest:
            continue
        url = re.sub(r"\{[^}]+\}", quote(STRANGE[name], safe=""), rest)
        body = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
        refused(api.request(method, url, **body))
    assert state(cluster, target) == before


@pytest.mark.parametrize("name", NOT_JSON)
def test_a_body_that_is_no_json_does_nothing(
    api: httpx.Client, cluster: Cluster, target: str, name: str
) -> None:
    before = state(cluster, target)
    for method, path in WITH_BODY:
        if name == "nothing" and optional(path):
            continue
        url = re.sub(r"\{[^}]+\}", target, path)
        headers = {"content-type": "application/json"}
        refused(api.request(method, url, content=NOT_JSON[name], headers=headers))
    assert state(cluster, target) == before


@pytest.mark.parametrize("name", NOT_MEANT)
def test_a_body_that_means_nothing_does_nothing(
    api: httpx.Client, cluster: Cluster, target: str, name: str
) -> None:
    before = state(cluster, target)
    content = json.dumps(NOT_MEANT[name]).encode()
    for method, path in WITH_BODY:
        if optional(path):
            continue
        url = re.sub(r"\{[^}]+\}", target, path)
        refused(
            api.request(method, url, content=content, headers={"content-type": "application/json"}),
            also=(200, 201, 204) if NOT_MEANT[name] in ([], None) or name in ("nul", "huge") else (),
        )
    assert state(cluster, target) == before


def optional(path: str) -> bool:
    """Actions whose body may be left out: an empty one is a request like any other, and tested elsewhere."""
    return path.endswith(("/merge", "/push", "/reset", "/login-role"))


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded"]
)
def test_another_content_type_does_nothing(
    api: httpx.Client, cluster: Cluster, target: str, kind: str
) -> None:
    before = state(cluster, target)
    for method, path in WITH_BODY:
        if optional(path):
            continue
        url = re.sub(r"\{[^}]+\}", target, path)
        refused(api.request(method, url, content=b"name=x&query=select+1", headers={"content-type": kind}))
    assert state(cluster, target) == before


@pytest.mark.parametrize(
    "header", [None, "", "Bearer nope", "Basic eA==", f"Bearer sbp_{'0' * 40}", f"Bearer {'a' * 8000}"]
)
def test_nobody_gets_in_without_the_token(
    platform: Platform, cluster: Cluster, target: str, header: str | None
) -> None:
    before = state(cluster, target)
    with httpx.Client(base_url=platform.api_url, timeout=60, trust_env=False) as stranger:
        for method, path in ROUTES:
            url = re.sub(r"\{[^}]+\}", target, path)
            answer = stranger.request(
                method, url, headers={} if header is None else {"authorization": header}
            )
            assert answer.status_code == 401, f"{method} {path}"
            assert method == "HEAD" or answer.json() == {"message": "Unauthorized"}
    assert state(cluster, target) == before


JSON = {"content-type": "application/json"}
#: What no field of any body takes: a wrong shape twice, and texts that no database holds.
WRONG = [{"a": {}}, [[None]], "a\x00b", "\ud800"]
#: Sound values for the fields that a body must have, so that the one wrong field decides.
SOUND = {
    "name": "pwned", "query": "create table pwned ()", "branch_name": "pwned", "slug": "pwned", "version": 1,
    "value": "pwned", "status": "ACTIVE", "type": "publishable", "organization_slug": "x", "read_only": True,
}  # fmt: skip


def fields(schema: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], bool]:
    """Properties of a body, sound values of the required ones, and whether the body is a list of such."""
    for choice in (schema, *schema.get("anyOf", ())):
        name = choice.get("$ref") or choice.get("items", {}).get("$ref")
        if name:
            found = OPENAPI["components"]["schemas"][name.rsplit("/", 1)[1]]
            sound = {key: SOUND[key] for key in found.get("required", ())}
            return found["properties"], sound, "items" in choice
    return {}, {}, False


def test_a_wrong_value_in_any_field_of_any_body_does_nothing(
    api: httpx.Client, cluster: Cluster, target: str
) -> None:
    before, tried = state(cluster, target), 0
    for method, path in WITH_BODY:
        schema = PATHS[path][method.lower()]["requestBody"]["content"]["application/json"]["schema"]
        properties, sound, many = fields(schema)
        for field, value in product(properties, WRONG):
            body = {**sound, field: value}
            url, content = re.sub(r"\{[^}]+\}", target, path), json.dumps([body] if many else body)
            refused(api.request(method, url, content=content, headers=JSON))
            tried += 1
    assert tried > 150
    assert state(cluster, target) == before


def test_what_only_one_route_takes_and_should_not(
    platform: Platform, api: httpx.Client, cluster: Cluster, target: str
) -> None:
    before, project = state(cluster, target), f"/v1/projects/{target}"
    branches = f"/v1/projects/{platform.workspace_ref}/branches"
    wrong = [("PATH", "/tmp"), ("LD_PRELOAD", "/x.so"), ("A\n", "b"), ("A", "\x00"), ("A", "\ud800")]
    for name, value in wrong:
        # Reserved names stay reserved on the way over a branch; an answer repeats no value.
        body = {"branch_name": "pwned", "secrets": {name: f"hunter2{value}"}}
        answer = api.post(branches, content=json.dumps(body).encode(), headers=JSON)
        refused(answer)
        assert "hunter2" not in answer.text
    for deep in (b"[" * 50_000, b'{"a":' * 50_000, b'{"name": ' + b"9" * 5_000 + b"}"):
        refused(api.post(f"{project}/functions", content=deep, headers=JSON))
        answer = api.post("/platform/content/graphql", content=deep, headers=JSON)
        assert answer.status_code == 400
    for when in (b"9999-99-99", b"now", b"\xff", b"1999-01-01T00:00:00Z", b"x" * 5_000):
        key = {"type": "publishable", "name": "pwned_key"}
        refused(api.post(f"{project}/api-keys", json=key, headers={"x-key-expires-at": when}))
    nameless = b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--"
    for content in (b"", b"--x", b"--x\r\nbad\r\n--x--", nameless):
        form = {"content-type": "multipart/form-data; boundary=x"}
        refused(api.post(f"{project}/functions/deploy?slug=pwned", content=content, headers=form))
    for path in ("../../pwned.ts", "/tmp/pwned.ts", "a/../../pwned.ts", "..", "", "a\\..\\b", "x" * 5_000):
        parts = [("metadata", ("blob", b"{}", "application/json")), ("file", (path, b"1", "text/plain"))]
        refused(api.post(f"{project}/functions/deploy?slug=pwned", files=parts))
    assert state(cluster, target) == before


def test_the_same_request_at_the_same_time_makes_one_thing(
    platform: Platform, api: httpx.Client, target: str
) -> None:
    branches = f"/v1/projects/{platform.workspace_ref}/branches"
    ledger = f"/v1/projects/{target}/database/migrations"
    made = {"name": "once", "query": "create table public.once (id int)"}
    once, branch = {"Idempotency-Key": "one"}, {"branch_name": "twin"}
    with ThreadPoolExecutor(6) as pool:
        twins = list(pool.map(lambda _: api.post(branches, json=branch), range(6)))
        same = list(pool.map(lambda _: api.post(ledger, json=made, headers=once), range(6)))
    assert sorted(answer.status_code for answer in twins) == [201] + [400] * 5
    assert [b["name"] for b in api.get(branches).json()].count("twin") == 1
    assert {answer.status_code for answer in same} == {200}
    assert len({answer.json()["version"] for answer in same}) == 1
    assert [m["name"] for m in api.get(ledger).json()].count("once") == 1
    assert api.delete(f"/v1/branches/{next(a for a in twins if a.is_success).json()['id']}").is_success
