"""Every environment's URL works with supabase-py and shows nobody more than RLS and grants allow."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from supabase.lib.client_options import SyncClientOptions

from architect.embedded import runtime
from architect.embedded.platform.config import Configs
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.folders import Folders
from architect.embedded.platform.keys import Keys
from architect.embedded.platform.lite import Lite
from architect.embedded.platform.store import Store
from architect.embedded.postgres import Cluster
from supabase import Client, create_client
from tests.fixtures.cluster import Database
from tests.fixtures.platform import Platform

Make = Callable[[str, str], Client]
SCHEMA = """
create table notes (
  id bigint generated always as identity primary key,
  owner uuid not null default auth.uid(),
  body text not null
);
alter table notes enable row level security;
create policy own on notes for all to authenticated
  using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
grant select, insert, update, delete on notes to authenticated, service_role;
grant select on notes to anon;
insert into notes (owner, body) values ('00000000-0000-4000-8000-000000000001', 'of somebody else');
create table ungranted (id int primary key);
create schema private;
create table private.hidden (id int primary key);
grant usage on schema private to anon, authenticated, service_role;
grant select on private.hidden to anon, authenticated, service_role;
create function greet(name text) returns text language sql stable set search_path = ''
  as 'select ''hello '' || name';
grant execute on function greet(text) to anon;
"""


@pytest.fixture
def ref(platform: Platform, branch: str) -> str:
    platform.sql(branch, SCHEMA)
    return branch


@pytest.fixture
def client(platform: Platform) -> Iterator[Make]:
    """Makes supabase-py clients and closes what they hold."""
    with ExitStack() as stack:

        def make(ref: str, key: str) -> Client:
            http = stack.enter_context(httpx.Client(trust_env=False, timeout=60))
            options = SyncClientOptions(httpx_client=http, auto_refresh_token=False)
            return create_client(platform.env_url(ref), key, options)

        yield make


def get(platform: Platform, ref: str, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{platform.env_url(ref)}{path}", headers=headers, timeout=60, trust_env=False)


@pytest.mark.parametrize(
    ("kind", "rows"), [("publishable", 0), ("anon", 0), ("secret", 1), ("service_role", 1)]
)
def test_each_key_has_its_role(platform: Platform, client: Make, ref: str, kind: str, rows: int) -> None:
    key = platform.keys(ref)[kind]
    found = client(ref, key).table("notes").select("*").execute().data
    assert len(found) == rows


def test_owner_sees_her_row_and_nobody_elses(platform: Platform, client: Make, ref: str) -> None:
    key = platform.keys(ref)["publishable"]
    ada, bob = client(ref, key), client(ref, key)
    for person, email in ((ada, "ada@example.com"), (bob, "bob@example.com")):
        assert person.auth.sign_up({"email": email, "password": "correct horse"}).session is not None
    ada.table("notes").insert({"body": "ada's"}).execute()
    again = client(ref, key)
    again.auth.sign_in_with_password({"email": "ada@example.com", "password": "correct horse"})
    assert again.table("notes").select("body").execute().data == [{"body": "ada's"}]
    assert bob.table("notes").select("*").execute().data == []
    assert again.rpc("greet", {"name": "x"}).execute().data == "hello x"


def test_session_of_one_environment_opens_no_other(platform: Platform, client: Make, ref: str) -> None:
    here, there = platform.keys(ref), platform.keys(platform.workspace_ref)
    session = (
        client(ref, here["publishable"])
        .auth.sign_up({"email": "eve@example.com", "password": "correct horse"})
        .session
    )
    assert session is not None
    token = {"authorization": f"Bearer {session.access_token}"}
    ok = get(platform, ref, "/rest/v1/notes", apikey=here["publishable"], **token)
    assert ok.status_code == 200
    other = get(platform, platform.workspace_ref, "/rest/v1/notes", apikey=there["publishable"], **token)
    assert other.status_code == 401
    assert get(platform, ref, "/rest/v1/notes", apikey=there["secret"]).status_code == 401


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "No API key found in request"),
        ({"apikey": "sb_secret_wrong"}, "Invalid API key"),
        ({"apikey": "eyJhbGciOiJub25lIn0.eyJyb2xlIjoic2VydmljZV9yb2xlIn0."}, "Invalid API key"),
    ],
)
def test_bad_keys_are_refused(platform: Platform, ref: str, headers: dict[str, str], message: str) -> None:
    for path in ("/rest/v1/notes", "/auth/v1/user"):
        answer = get(platform, ref, path, **headers)
        assert (answer.status_code, answer.json()["message"]) == (401, message)


def test_only_the_public_schema_is_served(platform: Platform, ref: str) -> None:
    key = platform.keys(ref)["secret"]
    for schema in ("private", "auth", "storage", "supabase_migrations", "pg_catalog", "realtime"):
        for table in ("hidden", "users", "objects", "schema_migrations", "pg_authid", "messages"):
            headers = {"apikey": key, "accept-profile": schema}
            answer = get(platform, ref, f"/rest/v1/{table}", **headers)
            assert (answer.status_code, answer.json()["code"]) == (406, "PGRST106"), (schema, table)
    assert get(platform, ref, "/rest/v1/hidden", apikey=key).status_code == 404


def test_first_request_grants_nothing(platform: Platform, ref: str) -> None:
    acl = "select relname, relacl::text as acl from pg_class where relnamespace = 'public'::regnamespace"
    defaults = "select count(*) as n from pg_default_acl"
    before = platform.sql(ref, acl), platform.sql(ref, defaults)
    keys = platform.keys(ref)
    for key in (keys["publishable"], keys["secret"]):
        get(platform, ref, "/rest/v1/notes", apikey=key)
        assert get(platform, ref, "/rest/v1/ungranted", apikey=key).json()["code"] == "42501"
    assert (platform.sql(ref, acl), platform.sql(ref, defaults)) == before


def test_new_tables_are_served_at_once(platform: Platform, ref: str) -> None:
    keys = platform.keys(ref)
    assert get(platform, ref, "/rest/v1/later", apikey=keys["secret"]).status_code == 404
    platform.sql(ref, "create table later (id int); grant select on later to service_role")
    assert get(platform, ref, "/rest/v1/later", apikey=keys["secret"]).json() == []


def test_storage_keeps_objects_private(platform: Platform, client: Make, ref: str) -> None:
    keys = platform.keys(ref)
    service, anon = client(ref, keys["secret"]), client(ref, keys["publishable"])
    service.storage.create_bucket("files", options={"public": False})
    service.storage.create_bucket("open", options={"public": True})
    for bucket in ("files", "open"):
        service.storage.from_(bucket).upload("a/b.txt", b"content", {"content-type": "text/plain"})
    assert service.storage.from_("files").download("a/b.txt") == b"content"
    assert anon.storage.from_("files").list("a") == []
    assert (
        get(platform, ref, "/storage/v1/object/files/a/b.txt", apikey=keys["publishable"]).status_code == 400
    )
    assert get(platform, ref, "/storage/v1/object/public/open/a/b.txt").content == b"content"
    with platform.client() as api:
        buckets = api.get(f"/projects/{ref}/storage/buckets").json()
    assert {(b["id"], b["public"]) for b in buckets} == {("files", False), ("open", True)}


@pytest.mark.parametrize("key", ["..%2f..%2fescape.txt", "a/..%2f..%2f..%2fescape.txt"])
def test_object_names_cannot_leave_their_bucket(platform: Platform, client: Make, ref: str, key: str) -> None:
    keys = platform.keys(ref)
    client(ref, keys["secret"]).storage.create_bucket("files")
    httpx.post(
        f"{platform.env_url(ref)}/storage/v1/object/files/{key}",
        content=b"x",
        headers={"apikey": keys["secret"], "content-type": "text/plain"},
        trust_env=False,
    )
    stored = list((platform.home / "platform").rglob("escape.txt"))
    assert all((platform.home / "platform" / "storage" / ref / "files") in p.parents for p in stored)


def test_browsers_may_ask(platform: Platform, ref: str) -> None:
    for path in ("/rest/v1/notes", "/auth/v1/token", "/storage/v1/object/x"):
        headers = {
            "origin": "http://app.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "apikey,authorization",
        }
        answer = httpx.options(f"{platform.env_url(ref)}{path}", headers=headers, trust_env=False)
        assert answer.is_success
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "apikey" in answer.headers["access-control-allow-headers"]
    key = platform.keys(ref)["publishable"]
    assert get(platform, ref, "/rest/v1/notes", apikey=key).headers["access-control-allow-origin"] == "*"


def test_unknown_ref_and_unknown_service(platform: Platform, ref: str) -> None:
    answer = get(platform, "a" * 20, "/rest/v1/notes")
    assert (answer.status_code, answer.json()) == (404, {"message": "Project not found"})
    assert get(platform, ref, "/_system/v1/info").status_code == 404
    assert get(platform, ref, "/rest/v1/../../_reload").status_code in {401, 404}


def test_dead_lite_comes_back(platform: Platform, ref: str) -> None:
    key = platform.keys(ref)["secret"]
    assert get(platform, ref, "/rest/v1/notes", apikey=key).status_code == 200
    for process in _lites(platform, ref):
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert get(platform, ref, "/rest/v1/notes", apikey=key).status_code in {200, 502}
    assert get(platform, ref, "/rest/v1/notes", apikey=key).status_code == 200


def test_no_secret_in_process_arguments_or_environment(platform: Platform, ref: str) -> None:
    keys = platform.keys(ref)
    get(platform, ref, "/rest/v1/notes", apikey=keys["secret"])
    canaries = [keys["secret"], keys["service_role"], platform.token, *platform.state.passwords.values()]
    lites = _lites(platform, ref)
    assert lites
    for process in lites:
        text = " ".join([*process.cmdline(), *process.environ().values()])
        assert not [c for c in canaries if c in text]
        if os.geteuid() == 0:
            assert process.username() != "root"
    assert not [c for c in canaries for p in platform.home.glob("logs/*.log") if c in p.read_text()]


def _lites(platform: Platform, ref: str) -> list[psutil.Process]:
    children: list[psutil.Process] = psutil.Process(platform.pid).children(recursive=True)
    deno = str(runtime.deno_bin())
    found: list[Any] = [
        p for p in children if p.cmdline()[:1] == [deno] and any(f"/l-{ref}" in a for a in p.cmdline())
    ]
    return found


def test_values_read_as_postgrest_writes_them(platform: Platform, ref: str) -> None:
    platform.sql(
        ref,
        "create table kinds (t timestamptz, n numeric, b bytea, j jsonb, i int8);"
        " insert into kinds values ('2026-11-21 01:02:03.5+00', 1.50, '\\x01ff', '{\"a\": [1]}', 42);"
        " grant select, insert on kinds to service_role",
    )
    key = platform.keys(ref)["secret"]
    rows = get(platform, ref, "/rest/v1/kinds?t=lt.2026-11-21T02:00:00Z", apikey=key).json()
    assert rows == [{"t": "2026-11-21T01:02:03.5+00:00", "n": 1.5, "b": "\\x01ff", "j": {"a": [1]}, "i": 42}]
    made = httpx.post(
        f"{platform.env_url(ref)}/rest/v1/kinds",
        json=rows[0],
        headers={"apikey": key, "prefer": "return=representation"},
        trust_env=False,
    )
    assert made.json() == rows


def test_schema_change_over_another_connection_is_noticed(
    platform: Platform, ref: str, cluster: Cluster
) -> None:
    key = platform.keys(ref)["secret"]
    assert get(platform, ref, "/rest/v1/aside", apikey=key).status_code == 404
    with cluster.connect(f"env_{ref}", "postgres") as conn:
        conn.execute("create table aside (id int); grant select on aside to service_role")
    deadline = time.monotonic() + 20
    while get(platform, ref, "/rest/v1/aside", apikey=key).status_code != 200:
        assert time.monotonic() < deadline


@asynccontextmanager
async def lite_of_its_own(cluster: Cluster, home: Path, *, idle_s: float) -> AsyncIterator[Lite]:
    """Lite processes of this process, not of the platform server."""
    folders = Folders.prepare(home)
    store = Store(cluster.dsn("platform", role="platform"))
    await store.open()
    lite = Lite(cluster, folders, Configs(store), api_url="http://127.0.0.1:1", idle_s=idle_s)
    lite.pool.open()
    try:
        yield lite
    finally:
        await lite.pool.close()
        await store.close()
        folders.close()


def environment(database: Database) -> Environment:
    ref = "i" * 20
    return Environment(ref, database.name, Keys.generate(ref), "branch", ref, False, "ACTIVE_HEALTHY")


async def test_idle_process_stops_and_comes_back(
    platform: Platform, cluster: Cluster, database: Database, architect_home: Path
) -> None:
    here = environment(database)
    async with lite_of_its_own(cluster, architect_home / "idle", idle_s=0.2) as lite:
        for _ in range(2):
            async with lite.use(here) as child:
                assert (await child.client.get("/_ready")).text == "ready"
                assert lite.pool.running(here.ref) is child
            async with asyncio.timeout(30):
                while lite.pool.running(here.ref) is not None:
                    await asyncio.sleep(0.1)


async def test_a_stop_that_is_interrupted_leaves_no_process(
    platform: Platform, cluster: Cluster, database: Database, architect_home: Path
) -> None:
    here = environment(database)
    async with lite_of_its_own(cluster, architect_home / "interrupted", idle_s=600) as lite:
        async with lite.use(here) as child:
            pass
        process = psutil.Process(child.pid)
        process.suspend()  # so that it cannot end before the stop is interrupted
        while process.status() != psutil.STATUS_STOPPED:
            await asyncio.sleep(0.01)
        stop = asyncio.create_task(lite.pool.stop(here.ref))
        await asyncio.sleep(0.1)
        stop.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stop
        assert child.alive
        # Nobody is sent to a process that is on its way out, such as the reload after a migration.
        assert lite.pool.running(here.ref) is None
        await lite.reload_schema(here.ref)
    assert not child.alive


def test_oversized_upload_is_refused(platform: Platform, ref: str) -> None:
    answer = httpx.post(
        f"{platform.env_url(ref)}/rest/v1/notes",
        content=b"x" * (65 * 1024 * 1024),
        headers={"apikey": platform.keys(ref)["secret"]},
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 413
