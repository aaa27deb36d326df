"""The Management API answers as the hosted one does, and only to the holder of its token."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import jwt
import pytest

from architect.embedded.postgres import Cluster
from tests.fixtures.platform import Platform


@pytest.fixture
def api(platform: Platform) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


@pytest.mark.parametrize("token", ["", "sbp_" + "0" * 40, "é"])
def test_wrong_token_is_refused(platform: Platform, token: str) -> None:
    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    answer = httpx.get(f"{platform.api_url}/v1/projects", headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_control_project_is_invisible(platform: Platform, api: httpx.Client) -> None:
    ref = platform.state.control_ref
    assert ref not in {p["ref"] for p in api.get("/projects").json()}
    for path in (
        "",
        "/api-keys?reveal=true",
        "/functions",
        "/database/migrations",
        "/branches",
        "/health?services=db",
    ):
        assert api.get(f"/projects/{ref}{path}").status_code == 404, path
    assert api.post(f"/projects/{ref}/database/query", json={"query": "select 1"}).status_code == 404
    assert api.post(f"/projects/{ref}/branches", json={"branch_name": "x"}).status_code == 404
    assert api.delete(f"/projects/{ref}").status_code == 404
    assert api.get(f"/branches/{ref}").status_code == 404
    # Its own URL does work: that is where the API of the product stands.
    answer = httpx.get(f"{platform.env_url(ref)}/rest/v1/", trust_env=False)
    assert answer.status_code == 401


def test_organization_and_project_shapes(platform: Platform, api: httpx.Client) -> None:
    assert api.get("/organizations").json() == [
        {"id": platform.organization_id, "slug": platform.organization_id, "name": "local"}
    ]
    organization = api.get(f"/organizations/{platform.organization_id}").json()
    assert {"id", "name", "plan", "opt_in_tags", "allowed_release_channels"} <= set(organization)
    project = api.get(f"/projects/{platform.workspace_ref}").json()
    assert project["id"] == project["ref"] == platform.workspace_ref
    assert project["status"] == "ACTIVE_HEALTHY"
    assert set(project["database"]) == {"host", "version", "postgres_engine", "release_channel"}


def test_project_lives_pauses_and_goes(platform: Platform, api: httpx.Client) -> None:
    password = "canary-database-password"
    body = {
        "name": "p",
        "region": "eu-central-1",
        "organization_slug": platform.organization_id,
        "db_pass": password,
    }
    created = api.post("/projects", json=body)
    assert created.status_code == 201
    assert password not in created.text
    ref = created.json()["ref"]
    try:
        assert platform.sql(ref, "select 1 as one") == [{"one": 1}]
        assert api.post(f"/projects/{ref}/pause").status_code == 200
        assert api.get(f"/projects/{ref}").json()["status"] == "INACTIVE"
        assert api.post(f"/projects/{ref}/database/query", json={"query": "select 1"}).status_code == 400
        assert httpx.get(f"{platform.env_url(ref)}/rest/v1/", trust_env=False).status_code == 540
        assert api.post(f"/projects/{ref}/restore").status_code == 200
        assert platform.sql(ref, "select 1 as one") == [{"one": 1}]
    finally:
        assert api.delete(f"/projects/{ref}").status_code == 200
    assert api.get(f"/projects/{ref}").status_code == 404
    assert api.get(f"/projects/{ref}/api-keys").status_code == 404


def test_branch_ref_is_a_branch_not_a_project(platform: Platform, api: httpx.Client, branch: str) -> None:
    assert api.get(f"/projects/{branch}").status_code == 404
    detail = api.get(f"/branches/{branch}").json()
    assert detail["status"] == "ACTIVE_HEALTHY"
    assert {"db_host", "db_port", "db_user", "db_pass", "jwt_secret", "ref"} <= set(detail)
    services = "db,rest,auth,storage"
    health = api.get(f"/projects/{branch}/health", params={"services": services}).json()
    assert [(s["name"], s["status"]) for s in health] == [(n, "ACTIVE_HEALTHY") for n in services.split(",")]
    assert api.get(f"/projects/{branch}/api-keys").status_code == 200


def test_first_branch_brings_main_and_main_stays(platform: Platform, api: httpx.Client, branch: str) -> None:
    listed = api.get(f"/projects/{platform.workspace_ref}/branches").json()
    main = [b for b in listed if b["is_default"]]
    assert [b["name"] for b in main] == ["main"]
    assert main[0]["project_ref"] == platform.workspace_ref
    assert branch in {b["project_ref"] for b in listed}
    assert all(value is not None for b in listed for value in b.values())
    answer = api.delete(f"/branches/{main[0]['id']}")
    assert (answer.status_code, answer.json()) == (422, {"message": "Cannot delete the default branch."})


def test_branch_of_the_same_name_is_refused(platform: Platform, api: httpx.Client, branch: str) -> None:
    name = next(b["name"] for b in _branches(platform, api) if b["project_ref"] == branch)
    answer = api.post(f"/projects/{platform.workspace_ref}/branches", json={"branch_name": name})
    assert answer.status_code == 400
    assert len([b for b in _branches(platform, api) if b["name"] == name]) == 1


def test_deleted_branch_leaves_nothing(platform: Platform, api: httpx.Client, cluster: Cluster) -> None:
    created = api.post(
        f"/projects/{platform.workspace_ref}/branches", json={"branch_name": "short-lived"}
    ).json()
    ref = created["project_ref"]
    assert cluster.database_exists(f"env_{ref}")
    key = platform.keys(ref)["publishable"]
    httpx.get(f"{platform.env_url(ref)}/auth/v1/health", headers={"apikey": key}, trust_env=False)
    assert api.delete(f"/branches/{created['id']}").status_code == 200
    assert not cluster.database_exists(f"env_{ref}")
    assert (
        httpx.get(f"{platform.env_url(ref)}/rest/v1/", headers={"apikey": key}, trust_env=False).status_code
        == 404
    )


def test_branch_has_schema_and_no_data(platform: Platform, api: httpx.Client) -> None:
    project = api.post(
        "/projects", json={"name": "base", "region": "local", "organization_slug": platform.organization_id}
    ).json()["ref"]
    try:
        platform.sql(
            project,
            "create table parents (id int primary key);"
            "create table children (id int generated always as identity, parent int references parents,"
            " owner uuid references auth.users (id));"
            "insert into auth.users (id, email)"
            " values ('00000000-0000-4000-8000-000000000001', 'a@example.com');"
            "insert into parents values (1);"
            "insert into children (parent, owner) values (1, '00000000-0000-4000-8000-000000000001');"
            "create materialized view totals as select count(*) as n from children;",
        )
        counts = "select (select count(*) from parents) p, (select count(*) from children) c,"
        counts += " (select count(*) from auth.users) u, (select n from totals) t"
        platform.deploy(project, "copied", {"index.ts": "Deno.serve(() => new Response('x'))"})
        bare = api.post(f"/projects/{project}/branches", json={"branch_name": "bare"}).json()["project_ref"]
        full = api.post(
            f"/projects/{project}/branches", json={"branch_name": "full", "with_data": True}
        ).json()["project_ref"]
        assert platform.sql(bare, counts) == [{"p": 0, "c": 0, "u": 0, "t": 0}]
        assert platform.sql(full, counts) == [{"p": 1, "c": 1, "u": 1, "t": 1}]
        assert platform.sql(project, counts) == [{"p": 1, "c": 1, "u": 1, "t": 1}]
        platform.sql(bare, "insert into children (parent) values (null)")
        assert platform.sql(bare, "select id from children") == [{"id": 1}]
        assert [f["slug"] for f in api.get(f"/projects/{bare}/functions").json()] == ["copied"]
        assert platform.keys(bare)["secret"] != platform.keys(project)["secret"]
    finally:
        assert api.delete(f"/projects/{project}").status_code == 200
    assert api.get(f"/branches/{bare}").status_code == 404


def test_merge_and_push_carry_newer_migrations(platform: Platform, api: httpx.Client) -> None:
    base = api.post(
        "/projects", json={"name": "base", "region": "local", "organization_slug": platform.organization_id}
    ).json()["ref"]
    try:
        _migrate(api, base, "first", "create table a (id int)")
        branch = api.post(f"/projects/{base}/branches", json={"branch_name": "work"}).json()["project_ref"]
        _migrate(api, branch, "second", "create table b (id int)")
        _migrate(api, base, "third", "create table c (id int)")
        assert api.post(f"/branches/{branch}/push", json={}).status_code == 201
        assert _tables(platform, branch) == ["a", "b", "c"]
        assert api.post(f"/branches/{branch}/merge", json={}).status_code == 201
        assert _tables(platform, base) == ["a", "b", "c"]
        assert _ledger(api, base) == _ledger(api, branch) == ["first", "second", "third"]
    finally:
        api.delete(f"/projects/{base}")


def test_failed_merge_names_the_cause_and_changes_nothing(platform: Platform, api: httpx.Client) -> None:
    base = api.post(
        "/projects", json={"name": "base", "region": "local", "organization_slug": platform.organization_id}
    ).json()["ref"]
    try:
        branch = api.post(f"/projects/{base}/branches", json={"branch_name": "work"}).json()["project_ref"]
        _migrate(api, branch, "mine", "create table t (id int)")
        platform.sql(base, "create table t (other text)")
        answer = api.post(f"/branches/{branch}/merge", json={})
        assert answer.status_code == 400
        assert "42P07" in answer.json()["message"]
        assert _ledger(api, base) == []
        states = {b["name"]: b["status"] for b in api.get(f"/projects/{base}/branches").json()}
        assert states["work"] == "MIGRATIONS_FAILED"
    finally:
        api.delete(f"/projects/{base}")


def test_reset_replays_the_ledger_and_drops_the_rest(
    platform: Platform, api: httpx.Client, branch: str
) -> None:
    _migrate(api, branch, "one", "create table one (id int)")
    _migrate(api, branch, "two", "create table two (id int)")
    platform.sql(branch, "create table untracked (id int)")
    assert api.post(f"/branches/{branch}/reset", json={}).status_code == 201
    assert _tables(platform, branch) == ["one", "two"]
    first = api.get(f"/projects/{branch}/database/migrations").json()[0]["version"]
    assert api.post(f"/branches/{branch}/reset", json={"migration_version": first}).status_code == 201
    assert _tables(platform, branch) == ["one"]
    assert _ledger(api, branch) == ["one"]
    assert (
        api.post(f"/branches/{branch}/reset", json={"migration_version": "19990101000000"}).status_code == 400
    )
    assert _tables(platform, branch) == ["one"]


def test_secret_keys_are_masked_unless_asked_for(api: httpx.Client, branch: str) -> None:
    hidden = api.get(f"/projects/{branch}/api-keys", params={"reveal": "false"}).json()
    shown = api.get(f"/projects/{branch}/api-keys", params={"reveal": "true"}).json()
    pairs = {(k["type"], k["name"]): (h["api_key"], k["api_key"]) for h, k in zip(hidden, shown, strict=True)}
    for kind, (masked, revealed) in pairs.items():
        is_public = kind in {("legacy", "anon"), ("publishable", "default")}
        assert (masked == revealed) is is_public, kind
    assert jwt.decode(pairs[("legacy", "anon")][1], options={"verify_signature": False})["role"] == "anon"
    assert api.get(f"/projects/{branch}/api-keys/legacy").json() == {"enabled": True}


def test_secrets_show_only_their_digest(api: httpx.Client, branch: str) -> None:
    value = "canary-function-secret"
    assert (
        api.post(f"/projects/{branch}/secrets", json=[{"name": "TOKEN", "value": value}]).status_code == 201
    )
    listed = api.get(f"/projects/{branch}/secrets")
    assert [s["name"] for s in listed.json()] == ["TOKEN"]
    assert value not in listed.text
    for name in ("SUPABASE_URL", "LD_PRELOAD", "A-B", "DENO_DIR", ""):
        body = [{"name": name, "value": value}]
        answer = api.post(f"/projects/{branch}/secrets", json=body)
        assert answer.status_code == 400, name
        assert value not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/projects/{ref}/database/query", {}),
        ("POST", "/projects/{ref}/database/query", {"query": ""}),
        ("POST", "/projects/{ref}/branches", {"branch_name": ""}),
        ("POST", "/projects/{ref}/database/migrations", {"name": "x"}),
        ("POST", "/projects", {"name": "x"}),
        ("GET", "/projects/{ref}/advisors/everything", None),
        ("GET", "/projects/{ref}/health", None),
    ],
)
def test_bad_requests_answer_400_with_a_message(
    api: httpx.Client, platform: Platform, method: str, path: str, body: object
) -> None:
    answer = api.request(method, path.format(ref=platform.workspace_ref), json=body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"message"}


def test_oversized_body_is_refused(api: httpx.Client, platform: Platform) -> None:
    huge = "-- " + "x" * (25 * 1024 * 1024)
    answer = api.post(f"/projects/{platform.workspace_ref}/database/query", json={"query": huge})
    assert answer.status_code == 413


def test_two_branches_at_once(platform: Platform, api: httpx.Client) -> None:
    import threading

    made: list[dict] = []

    def make(number: int) -> None:
        with platform.client() as client:
            body = {"branch_name": f"twin-{number}-{time.time_ns()}"}
            made.append(client.post(f"/projects/{platform.workspace_ref}/branches", json=body).json())

    threads = [threading.Thread(target=make, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert len({b["project_ref"] for b in made}) == 3
        for item in made:
            assert platform.sql(item["project_ref"], "select 1 as one") == [{"one": 1}]
    finally:
        for item in made:
            api.delete(f"/branches/{item['id']}")


def _branches(platform: Platform, api: httpx.Client) -> list[dict]:
    return api.get(f"/projects/{platform.workspace_ref}/branches").json()


def _migrate(api: httpx.Client, ref: str, name: str, sql: str) -> None:
    answer = api.post(f"/projects/{ref}/database/migrations", json={"name": name, "query": sql})
    assert answer.status_code == 200, answer.text


def _ledger(api: httpx.Client, ref: str) -> list[str]:
    return [m["name"] for m in api.get(f"/projects/{ref}/database/migrations").json()]


def _tables(platform: Platform, ref: str) -> list[str]:
    rows = platform.sql(ref, "select tablename from pg_tables where schemaname = 'public' order by 1")
    return [row["tablename"] for row in rows]
