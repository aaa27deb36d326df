"""Branches, ledger, runs, organizations and fixture routes answer as the hosted API documents them."""

from __future__ import annotations

import concurrent.futures
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from architect.catalog.fingerprint import fingerprint
from architect.embedded.platform import bootstrap
from architect.embedded.platform.app import create_app
from architect.embedded.platform.options import Options
from architect.embedded.platform.server import Server
from architect.embedded.postgres import Cluster
from tests.fixtures.platform import Platform

STEPS = ["clone", "pull", "health", "configure", "migrate", "seed", "deploy"]
NOT_ENABLED = {"message": "Preview branching is not enabled for this project."}


@pytest.fixture
def api(platform: Platform) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


@pytest.fixture
def fixtures(platform: Platform) -> Iterator[httpx.Client]:
    """The routes for tests."""
    headers = {"authorization": f"Bearer {platform.token}"}
    base = f"{platform.api_url}/platform/fixtures"
    with httpx.Client(base_url=base, headers=headers, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def projects(platform: Platform) -> Iterator[list[str]]:
    """Refs of projects to remove in the end."""
    made: list[str] = []
    yield made
    with platform.client() as client:
        for ref in made:
            client.delete(f"/projects/{ref}")


@pytest.fixture
def project(platform: Platform, fixtures: httpx.Client, projects: list[str]) -> str:
    """The ref of a fresh project."""
    body = {"name": "base", "organization_id": platform.organization_id}
    made = fixtures.post("/projects", json=body)
    assert made.status_code == 201, made.text
    projects.append(made.json()["ref"])
    return str(projects[-1])


@pytest.fixture
def beside(
    platform: Platform, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Options], Server]]:
    """Builds the parts of a second server on the same store, with folders of its own."""
    monkeypatch.setenv("ARCHITECT_HOME", str(tmp_path))
    built: list[Server] = []

    def build(options: Options) -> Server:
        built.append(Server.build(platform.state, cluster, options))
        return built[-1]

    yield build
    for server in built:
        server.folders.close()


def test_branching_is_off_until_the_first_branch(api: httpx.Client, project: str) -> None:
    listed = api.get(f"/projects/{project}/branches")
    assert (listed.status_code, listed.json()) == (422, NOT_ENABLED)
    config = api.patch(f"/projects/{project}/postgrest", json={"max_rows": 17})
    assert config.status_code == 200, config.text
    body = {
        "branch_name": "preview", "git_branch": "feature/x", "is_default": False, "persistent": True,
        "region": "eu-central-1", "desired_instance_size": "micro", "release_channel": "ga",
        "postgres_engine": "17", "with_data": True, "notify_url": "https://example.com/hook",
        "secrets": {"TOKEN": "canary-branch-secret"}, "unknown": 1,
    }  # fmt: skip
    made = api.post(f"/projects/{project}/branches", json=body)
    assert made.status_code == 201, made.text
    branch = made.json()
    kept = {"git_branch": "feature/x", "persistent": True, "with_data": True}
    kept |= {"notify_url": "https://example.com/hook", "status": "CREATING_PROJECT", "is_default": False}
    assert kept.items() <= branch.items()
    assert "preview_project_status" not in branch
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", branch["created_at"])
    listed = api.get(f"/projects/{project}/branches").json()
    assert [(b["name"], b["is_default"]) for b in listed] == [("main", True), ("preview", False)]
    done = {"status": "FUNCTIONS_DEPLOYED", "preview_project_status": "ACTIVE_HEALTHY"}
    assert api.get(f"/projects/{project}/branches/preview").json() == {**branch, **done}
    assert [s["name"] for s in api.get(f"/projects/{branch['project_ref']}/secrets").json()] == ["TOKEN"]
    assert api.get(f"/projects/{branch['project_ref']}/postgrest").json()["max_rows"] == 17

    taken = api.patch(f"/branches/{branch['id']}", json={"branch_name": "main"})
    assert (taken.status_code, taken.json()["message"]) == (400, "A branch named main already exists")
    changes = {
        "branch_name": "renamed", "git_branch": "y", "persistent": False, "reset_on_push": True,
        "status": "RUNNING_MIGRATIONS", "request_review": True, "notify_url": "http://example.com/",
    }  # fmt: skip
    changed = api.patch(f"/branches/{branch['project_ref']}", json=changes).json()
    assert (changed["name"], changed["git_branch"], changed["persistent"]) == ("renamed", "y", False)
    assert changed["status"] == "RUNNING_MIGRATIONS"
    assert changed["review_requested_at"] >= branch["created_at"]
    assert (
        "review_requested_at"
        not in api.patch(f"/branches/{branch['id']}", json={"request_review": False}).json()
    )

    ref = branch["project_ref"]
    assert (
        api.post(f"/projects/{ref}/pause").status_code
        == api.post(f"/projects/{ref}/pause").status_code
        == 200
    )
    paused = api.get(f"/projects/{project}/branches/renamed").json()["preview_project_status"]
    assert paused == api.get(f"/branches/{ref}").json()["status"] == "INACTIVE"
    assert api.post(f"/projects/{ref}/database/query", json={"query": "select 1"}).status_code == 400
    assert [api.post(f"/projects/{ref}/restore").status_code for _ in "ab"] == [200, 400]
    assert api.post(f"/projects/{ref}/database/query", json={"query": "select 1"}).status_code == 201

    assert api.delete(f"/projects/{project}/branches").status_code == 200
    assert api.get(f"/projects/{project}/branches").status_code == 422
    assert api.get(f"/branches/{branch['id']}").status_code == 404
    on = api.post(f"/projects/{project}/branches", json={"branch_name": "trunk", "is_default": True})
    assert (on.status_code, on.json()["project_ref"], on.json()["is_default"]) == (201, project, True)
    again = api.post(f"/projects/{project}/branches", json={"branch_name": "trunk", "is_default": True})
    assert again.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"branch_name": "x", "release_channel": "nightly"},
        {"branch_name": "x", "postgres_engine": "9"},
        {"branch_name": "x", "notify_url": "file:///etc/passwd"},
        {"branch_name": "x\u0000y"},
        {"branch_name": "x", "secrets": {"A": 1}},
        {"name": "x"},
    ],
)
def test_a_branch_that_hosted_refuses_is_refused(
    api: httpx.Client, platform: Platform, body: dict[str, Any]
) -> None:
    answer = api.post(f"/projects/{platform.workspace_ref}/branches", json=body)
    assert (answer.status_code, set(answer.json())) == (400, {"message"})


def test_every_action_leaves_a_run(platform: Platform, api: httpx.Client, project: str) -> None:
    branch = api.post(f"/projects/{project}/branches", json={"branch_name": "work"}).json()
    ref = branch["project_ref"]
    first = _migrate(api, ref, "first", "create table a (id int) -- a remark\n; create table b (id int)")
    _migrate(api, ref, "second", "create table c (id int)")
    merged = api.post(f"/branches/{ref}/merge", json={"migration_version": first})
    assert (merged.status_code, merged.json()["message"]) == (201, "ok")
    assert _names(api, project) == ["first"]
    pushed = api.post(f"/branches/{ref}/push").json()
    wound_back = api.post(f"/branches/{ref}/reset", json={"migration_version": first}).json()
    assert _names(api, ref) == ["first"]

    assert api.post(f"/branches/{ref}/reset", json={"migration_version": "0"}).status_code == 201
    assert _names(api, ref) == []
    assert api.post(f"/branches/{ref}/push", json={}).status_code == 201

    platform.sql(project, "create table d (id int)")
    _migrate(api, ref, "third", "create table d (id int)")
    failed = api.post(f"/branches/{ref}/merge", json={})
    assert (failed.status_code, "42P07" in failed.json()["message"]) == (400, True)
    assert api.get(f"/projects/{project}/branches/work").json()["status"] == "MIGRATIONS_FAILED"

    runs = api.get(f"/projects/{ref}/actions").json()
    assert [run["id"] for run in runs][3:6] == [
        done["workflow_run_id"] for done in (wound_back, pushed, merged.json())
    ]
    assert {run["branch_id"] for run in runs} == {branch["id"]}
    assert api.get(f"/projects/{project}/actions", params={"limit": 2, "offset": 5}).json() == runs[5:]
    assert api.head(f"/projects/{project}/actions").headers["x-total-count"] == str(len(runs)) == "7"
    assert all([step["name"] for step in run["run_steps"]] == STEPS for run in runs)
    assert [step["status"] for step in runs[0]["run_steps"]] == ["EXITED"] * 4 + ["DEAD"] * 3
    assert {step["status"] for run in runs[1:] for step in run["run_steps"]} == {"EXITED"}
    assert all(step["updated_at"] >= step["created_at"] for run in runs for step in run["run_steps"])

    one = f"/projects/{project}/actions/{merged.json()['workflow_run_id']}"
    logs = api.get(f"{one}/logs")
    assert logs.headers["content-type"].startswith("text/plain")
    assert f"migrate: applied {first} first" in logs.text
    assert "42P07" in api.get(f"/projects/{project}/actions/{runs[0]['id']}/logs").text
    assert api.patch(f"{one}/status", json={"deploy": "RUNNING"}).json() == {"message": "ok"}
    assert api.get(one).json()["run_steps"][-1]["status"] == "RUNNING"
    assert api.patch(f"{one}/status", json={"deploy": "DONE"}).status_code == 400
    for missing in ("x", "00000000-0000-4000-8000-000000000000"):
        assert api.get(f"/projects/{project}/actions/{missing}").status_code == 404
    assert api.get(f"/projects/{platform.workspace_ref}/actions/{runs[0]['id']}").status_code == 404


def test_the_diff_of_a_branch(platform: Platform, api: httpx.Client, cluster: Cluster, project: str) -> None:
    platform.sql(project, "create table notes (id int primary key, body varchar(5)); create schema side")
    ref = api.post(f"/projects/{project}/branches", json={"branch_name": "work"}).json()["project_ref"]
    same = api.get(f"/branches/{ref}/diff")
    assert (same.status_code, same.text) == (200, "")
    assert same.headers["content-type"].startswith("text/plain")
    platform.sql(
        ref,
        "alter table notes alter body type text; alter table notes enable row level security;"
        "create policy p on notes for select to anon using (id > 1); grant select on notes to anon;"
        "create table side.more (id int references notes)",
    )
    only = api.get(f"/branches/{ref}/diff", params={"included_schemas": "side", "pgdelta": "true"}).text
    assert "side.more" in only
    assert "alter table public.notes" not in only
    sql = api.get(f"/branches/{ref}/diff").text
    platform.sql(project, sql)
    prints = []
    for database in (f"env_{ref}", f"env_{project}"):
        with psycopg.connect(cluster.dsn(database), autocommit=True) as conn:
            prints.append(fingerprint(conn))
    assert prints[0] == prints[1]
    assert api.get(f"/branches/{ref}/diff").text == ""


def test_a_deletion_can_wait_and_be_taken_back(
    platform: Platform, api: httpx.Client, cluster: Cluster, project: str
) -> None:
    branch = api.post(f"/projects/{project}/branches", json={"branch_name": "late"}).json()
    path = f"/branches/{branch['id']}"
    assert api.post(f"{path}/restore").status_code == 400
    assert api.delete(path, params={"force": "false"}).json() == {"message": "ok"}
    assert (
        api.get(f"/projects/{project}/branches/late").json()["deletion_scheduled_at"] > branch["created_at"]
    )
    assert platform.sql(branch["project_ref"], "select 1 as one") == [{"one": 1}]
    back = api.post(f"{path}/restore")
    assert (back.status_code, back.json()) == (201, {"message": "Branch restoration initiated"})
    assert "deletion_scheduled_at" not in api.get(f"/projects/{project}/branches/late").json()
    api.delete(path, params={"force": "false"})
    with psycopg.connect(cluster.dsn("platform", "platform"), autocommit=True) as conn:
        past = "update branches set deletion_scheduled_at = now() - interval '1 s' where id = %s"
        conn.execute(past, (branch["id"],))
    headers = {"authorization": f"Bearer {platform.token}"}
    httpx.post(f"{platform.api_url}/platform/ensure", headers=headers, timeout=60, trust_env=False)
    assert api.get(path).status_code == 404
    assert not cluster.database_exists(f"env_{branch['project_ref']}")


async def test_a_start_ends_what_a_killed_server_was_at(
    api: httpx.Client, cluster: Cluster, project: str, beside: Callable[[Options], Server]
) -> None:
    made = [
        api.post(f"/projects/{project}/branches", json={"branch_name": n}).json() for n in ("half", "work")
    ]
    half, work = made
    with psycopg.connect(cluster.dsn("platform", "platform"), autocommit=True) as conn:
        conn.execute("update branches set ready = false where id = %s", (half["id"],))
        conn.execute("update branches set status = 'RUNNING_MIGRATIONS' where id = %s", (work["id"],))
        running = "update action_runs set steps = jsonb_set(steps, '{4,status}', %s) where branch_id = %s"
        conn.execute(running, ('"RUNNING"', work["id"]))
    server = beside(Options())
    try:
        await server.store.open()
        await server.environments.load()
        await bootstrap.run(server)
    finally:
        await server.close()
    assert not cluster.database_exists(f"env_{half['project_ref']}")
    left = {b["name"]: b["status"] for b in api.get(f"/projects/{project}/branches").json()}
    assert left == {"main": "FUNCTIONS_DEPLOYED", "work": "MIGRATIONS_FAILED"}
    run = api.get(f"/projects/{work['project_ref']}/actions").json()[0]
    assert [s["status"] for s in run["run_steps"]] == ["EXITED"] * 4 + ["DEAD"] + ["EXITED"] * 2
    assert "interrupted" in api.get(f"/projects/{project}/actions/{run['id']}/logs").text


def test_a_key_is_good_for_one_migration(platform: Platform, api: httpx.Client, branch: str) -> None:
    path, key = f"/projects/{branch}/database/migrations", {"Idempotency-Key": "k1"}
    body = {"name": "one", "query": "create table one (id int)", "rollback": "drop table one"}
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: api.post(path, json=body, headers=key), range(3)))
    assert [a.status_code for a in answers] == [200] * 3
    assert len({a.json()["version"] for a in answers}) == 1
    other = api.post(path, json={**body, "query": "create table two (id int)"}, headers=key)
    assert (other.status_code, "Idempotency-Key" in other.json()["message"]) == (409, True)
    assert _names(api, branch) == ["one"]
    assert platform.sql(branch, "select count(*)::int as n from pg_tables where schemaname = 'public'") == [
        {"n": 1}
    ]


def test_the_ledger_can_be_written_read_and_rolled_back(
    platform: Platform, api: httpx.Client, branch: str
) -> None:
    path = f"/projects/{branch}/database/migrations"
    one = _migrate(api, branch, "one", "create table one (id int)", rollback="drop table one")
    two = _migrate(api, branch, "two", "create table two (id int); comment on table two is 'x'")
    put = api.put(
        path, json={"name": "noted", "query": "create table never (id int)"}, headers={"Idempotency-Key": "p"}
    )
    three = put.json()["version"]
    assert put.status_code == 200
    assert one < two < three
    again = api.put(
        path, json={"name": "renoted", "query": "select 1; select 2"}, headers={"Idempotency-Key": "p"}
    )
    assert again.json()["version"] == three
    shown = api.get(f"{path}/{three}").json()
    assert (shown["name"], shown["statements"], shown["idempotency_key"]) == (
        "renoted",
        ["select 1", "select 2"],
        "p",
    )
    assert api.patch(f"{path}/{two}", json={"name": "deux", "rollback": "drop table two"}).status_code == 200
    shown = api.get(f"{path}/{two}").json()
    assert (shown["name"], shown["rollback"]) == ("deux", ["drop table two"])
    for wrong in ("19990101000000", "20990101000000"):
        assert api.get(f"{path}/{wrong}").status_code == 404
        assert api.patch(f"{path}/{wrong}", json={"name": "x"}).status_code == 404
    for wrong in ("x", "1; drop table one", "%00"):
        assert api.get(f"{path}/{wrong}").status_code == 400
    for bad in ({"query": "commit"}, {"query": "select 1", "rollback": "drop table one; commit"}):
        assert api.post(path, json=bad).status_code == api.put(path, json=bad).status_code == 400
    assert api.delete(path).status_code == api.delete(path, params={"gte": "all"}).status_code == 400

    platform.sql(branch, "create view held as select * from two")
    refused = api.delete(path, params={"gte": one})
    assert (refused.status_code, "2BP01" in refused.json()["message"]) == (400, True)
    assert _names(api, branch) == ["one", "deux", "renoted"]
    platform.sql(branch, "drop view held")
    assert api.delete(path, params={"gte": two}).status_code == 200
    assert _names(api, branch) == ["one"]
    tables = platform.sql(branch, "select tablename from pg_tables where schemaname = 'public'")
    assert tables == [{"tablename": "one"}]


def test_organizations_regions_and_renaming(
    platform: Platform, api: httpx.Client, fixtures: httpx.Client, projects: list[str]
) -> None:
    values = {
        "plan": "pro",
        "allowed_release_channels": ["ga", "preview"],
        "opt_in_tags": ["AI_SQL_GENERATOR_OPT_IN"],
    }
    paid = fixtures.post("/organizations", json={"name": "Paid", **values}).json()
    assert api.get(f"/organizations/{paid['id']}").json() == paid
    assert values.items() <= paid.items()
    free = api.post("/organizations", json={"name": "Free"})
    assert (free.status_code, set(free.json())) == (201, {"id", "slug", "name"})
    assert {"Paid", "Free", "local"} <= {o["name"] for o in api.get("/organizations").json()}
    made = {}
    for name in ("beta", "Alpha"):
        region = {"region_selection": {"type": "smartGroup", "code": "emea"}}
        body = {"name": name, "organization_slug": paid["slug"], "db_pass": "not-kept-anywhere", **region}
        made[name] = api.post("/projects", json=body).json()
        projects.append(made[name]["ref"])
    assert made["beta"]["region"] == "eu-central-1"
    api.post(f"/projects/{made['beta']['ref']}/branches", json={"branch_name": "gamma"})
    page = api.get(f"/organizations/{paid['slug']}/projects", params={"limit": 2}).json()
    assert page["pagination"] == {"count": 3, "limit": 2, "offset": 0}
    assert [p["name"] for p in page["projects"]] == ["Alpha", "beta"]
    asked = {"search": "GAM", "sort": "created_desc", "statuses": "ACTIVE_HEALTHY"}
    assert [
        p["is_branch"]
        for p in api.get(f"/organizations/{paid['slug']}/projects", params=asked).json()["projects"]
    ] == [True]
    assert api.get("/organizations/nobody/projects").status_code == 404
    regions = api.get("/projects/available-regions", params={"organization_slug": paid["slug"]}).json()
    assert "eu-central-1" in {region["code"] for region in regions["all"]["specific"]}
    renamed = api.patch(f"/projects/{made['beta']['ref']}", json={"name": "Delta"}).json()
    assert (renamed["name"], renamed["ref"], type(renamed["id"])) == ("Delta", made["beta"]["ref"], int)
    assert api.delete(f"/projects/{made['beta']['ref']}").json() == renamed
    assert set(api.get("/profile").json()) == {"gotrue_id", "primary_email", "username"}


def test_the_fixture_routes(platform: Platform, api: httpx.Client, fixtures: httpx.Client) -> None:
    organization = fixtures.post("/organizations", json={"name": "Org"}).json()["id"]
    body = {"name": "P", "region": "us-east-1", "organization_id": organization, "status": "UPGRADING"}
    made = fixtures.post("/projects", json=body).json()
    ref = made["ref"]
    assert made == api.get(f"/projects/{ref}").json()
    assert made["status"] == "UPGRADING"
    assert fixtures.put(f"/projects/{ref}/status", json={"status": "INACTIVE"}).json()["status"] == "INACTIVE"
    # The owner gets in even then.
    assert fixtures.post(f"/projects/{ref}/sql", json={"query": "select current_user as who"}).json() == [
        {"who": "postgres"}
    ]
    assert api.post(f"/projects/{ref}/database/query", json={"query": "select 1"}).status_code == 400
    fixtures.put(f"/projects/{ref}/status", json={"status": "ACTIVE_HEALTHY"})
    bucket = fixtures.post(f"/projects/{ref}/buckets", json={"name": "pictures", "public": True}).json()
    assert api.get(f"/projects/{ref}/storage/buckets").json() == [bucket]
    branch = fixtures.post("/branches", json={"name": "b", "parent_project_ref": ref}).json()
    assert [branch] == api.get(f"/projects/{ref}/branches").json()
    assert fixtures.post("/tokens", json={"token": "dummy-token"}).status_code == 201
    dummy = {"authorization": "Bearer dummy-token"}
    assert api.get("/projects", headers=dummy).status_code == 200
    kept = {p["ref"] for p in api.get("/projects").json()} - {ref}
    try:
        assert fixtures.post("/reset", json={"hide_own": True}).status_code == 200
        assert api.get("/projects").json() == api.get("/organizations").json() == []
        assert api.get(f"/projects/{platform.workspace_ref}").status_code == 200
    finally:
        assert fixtures.post("/reset").status_code == 200
    assert api.get("/projects", headers=dummy).status_code == 401
    assert [p["ref"] for p in api.get("/projects").json()] == [platform.workspace_ref]
    assert [o["id"] for o in api.get("/organizations").json()] == [platform.organization_id]
    assert api.get(f"/branches/{branch['id']}").status_code == api.get(f"/projects/{ref}").status_code == 404
    assert all(api.get(f"/projects/{ref}").status_code in (200, 404) for ref in kept)


@pytest.mark.parametrize(
    ("on", "client", "host", "status"),
    [
        (False, "127.0.0.1", "127.0.0.1", 404),
        (True, "203.0.113.7", "127.0.0.1", 403),
        (True, "127.0.0.1", "203.0.113.7", 403),
        (True, "127.0.0.1", "localhost", 403),
        (True, "::1", "127.0.0.1", 400),
    ],
)
async def test_fixtures_are_off_and_only_for_loopback(
    platform: Platform, cluster: Cluster, beside: Callable[[Options], Server],
    on: bool, client: str, host: str, status: int,
) -> None:  # fmt: skip
    """The application itself; where a request is let through, the body is what is wrong with it."""
    options = Options(fixtures=on)
    app = create_app(platform.state, cluster, options)
    app.state.server = beside(options)
    transport = httpx.ASGITransport(app=app, client=(client, 1))
    headers = {"authorization": f"Bearer {platform.token}"}
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers) as session:
        answer = await session.post("/platform/fixtures/tokens", json={"token": ""})
        assert answer.status_code == status, answer.text
        if not on:
            assert answer.json() == {"message": "Not found"}
        stranger = await session.post("/platform/fixtures/reset", headers={"authorization": ""})
        assert stranger.status_code == 401


def _migrate(api: httpx.Client, ref: str, name: str, sql: str, **more: str) -> str:
    answer = api.post(f"/projects/{ref}/database/migrations", json={"name": name, "query": sql, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["version"])


def _names(api: httpx.Client, ref: str) -> list[str]:
    return [m["name"] for m in api.get(f"/projects/{ref}/database/migrations").json()]
