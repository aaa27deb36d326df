"""Settings of an environment's services are kept, heeded, and refused where nothing would heed them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from architect.embedded.postgres import Cluster
from tests.fixtures.platform import MCP_FEATURES, Platform


@pytest.fixture
def api(platform: Platform) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


def test_rest_auth_and_storage_heed_their_settings(
    platform: Platform, api: httpx.Client, branch: str
) -> None:
    def call(method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"apikey": key, "authorization": f"Bearer {key}", **options.pop("headers", {})}
        url = f"{platform.env_url(branch)}/{path}"
        return httpx.request(method, url, headers=headers, timeout=60, trust_env=False, **options)

    key = platform.keys(branch)["service_role"]
    platform.sql(
        branch,
        "create schema shown; create table shown.t (id int);"
        " insert into shown.t select generate_series(1, 9);"
        " grant usage on schema shown to service_role; grant select on shown.t to service_role;",
    )
    credentials = {"email": "a@example.com", "password": "secret-77"}
    assert call("GET", "rest/v1/t", headers={"accept-profile": "shown"}).status_code == 406
    assert call("POST", "auth/v1/signup", json={**credentials, "email": "b@example.com"}).status_code == 200
    changes: dict[str, dict[str, Any]] = {
        "/postgrest": {"db_schema": "public, shown", "max_rows": 4},
        "/config/auth": {"jwt_exp": 120, "password_min_length": 9, "site_url": "https://app.example.com"},
        "/config/storage": {"fileSizeLimit": 100, "features": {"imageTransformation": {"enabled": True}}},
    }
    for path, body in changes.items():
        assert api.patch(f"/projects/{branch}{path}", json=body).status_code == 200, path
    kept = {path: api.get(f"/projects/{branch}{path}").json() for path in changes}
    assert all(
        kept[path][name] == value
        for path, body in changes.items()
        for name, value in body.items()
        if name != "features"
    )
    api.patch(f"/projects/{branch}/config/storage", json={"features": {"s3Protocol": {"enabled": True}}})
    storage = api.get(f"/projects/{branch}/config/storage").json()
    features = {"imageTransformation": {"enabled": True}, "s3Protocol": {"enabled": True}}
    assert storage == {"fileSizeLimit": 100, "features": features}
    assert len(kept["/postgrest"]["jwt_secret"]) > 30
    rows = call("GET", "rest/v1/t", headers={"accept-profile": "shown"})
    assert (rows.status_code, len(rows.json())) == (200, 4)
    assert (
        call("POST", "auth/v1/signup", json={"email": "c@example.com", "password": "short-8!"}).status_code
        == 422
    )
    session = call("POST", "auth/v1/signup", json=credentials).json()
    claims = jwt.decode(session["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 120
    call("POST", "storage/v1/bucket", json={"id": "files", "name": "files"})
    assert call("POST", "storage/v1/object/files/small.txt", content=b"x" * 100).status_code == 200
    assert call("POST", "storage/v1/object/files/large.txt", content=b"x" * 101).status_code in {400, 413}
    api.patch(f"/projects/{branch}/config/auth", json={"disable_signup": True})
    assert call("POST", "auth/v1/signup", json={**credentials, "email": "d@example.com"}).status_code in {
        403,
        422,
    }
    # The advisors look at what REST serves.
    platform.sql(branch, "grant select on shown.t to anon")
    lints = api.get(f"/projects/{branch}/advisors/security").json()["lints"]
    assert [lint["cache_key"] for lint in lints] == ["rls_disabled_in_public_shown_t"]


def test_a_branch_begins_with_its_bases_settings(platform: Platform, api: httpx.Client) -> None:
    body = {"name": "base", "region": "local", "organization_slug": platform.organization_id}
    base = api.post("/projects", json=body).json()["ref"]
    try:
        api.patch(f"/projects/{base}/config/auth", json={"disable_signup": True})
        branch = api.post(f"/projects/{base}/branches", json={"branch_name": "b"}).json()["project_ref"]
        assert api.get(f"/projects/{branch}/config/auth").json()["disable_signup"] is True
        api.patch(f"/projects/{branch}/config/auth", json={"disable_signup": False})
        assert api.get(f"/projects/{base}/config/auth").json()["disable_signup"] is True
    finally:
        api.delete(f"/projects/{base}")


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/config/storage", {"fileSizeLimit": -1}, "fileSizeLimit"),
        ("/config/storage", {"fileSizeLimit": "1"}, "fileSizeLimit"),
        ("/config/storage", {"features": {"purgeCache": {"enabled": True}}}, "cannot be set on the embedded"),
        ("/config/auth", {"external_google_enabled": True}, "cannot be set on the embedded platform"),
        ("/config/auth", {"jwt_exp": 0}, "jwt_exp"),
        ("/config/auth", {"site_url": "x\u0000"}, "site_url"),
        ("/postgrest", {"db_schema": "nowhere"}, "no schema nowhere"),
        ("/postgrest", {"max_rows": True}, "max_rows"),
        ("/postgrest", {"db_pool": 5}, "cannot be set on the embedded platform"),
    ],
)
def test_what_nothing_heeds_is_refused(
    platform: Platform, api: httpx.Client, path: str, body: dict[str, Any], message: str
) -> None:
    url = f"/projects/{platform.workspace_ref}{path}"
    before = api.get(url).json()
    answer = api.patch(url, json=body)
    assert (answer.status_code, set(answer.json())) == (400, {"message"})
    assert message in answer.json()["message"]
    assert api.get(url).json() == before


def test_postgres_pooler_realtime_and_health(platform: Platform, api: httpx.Client) -> None:
    ref = platform.workspace_ref
    settings = api.get(f"/projects/{ref}/config/database/postgres").json()
    shown = platform.sql(
        ref, "select current_setting('max_connections')::int as n, current_setting('work_mem') as m"
    )
    assert settings["max_connections"] == shown[0]["n"]
    assert isinstance(settings["log_checkpoints"], bool)
    assert settings["work_mem"].endswith("kB")
    pooler = api.get(f"/projects/{ref}/config/database/pooler").json()
    assert [(p["identifier"], p["db_name"], p["pool_mode"]) for p in pooler] == [
        (ref, f"env_{ref}", "session")
    ]
    realtime = api.get(f"/projects/{ref}/config/realtime").json()
    assert (realtime["max_concurrent_users"], realtime["max_payload_size_in_kb"]) == (200, 3000)
    assert realtime["private_only"] is False
    params = {"services": "db,rest,auth,storage,realtime,pooler", "timeout_ms": 10_000}
    health = {s["name"]: s for s in api.get(f"/projects/{ref}/health", params=params).json()}
    assert [name for name, service in health.items() if not service["healthy"]] == ["pooler"]
    counted = {k: v for k, v in health["realtime"]["info"].items() if k != "connected_cluster"}
    assert counted == {"healthy": True, "db_connected": True, "replication_connected": True}
    assert health["rest"]["info"] == {"db_schema": "public, graphql_public"}
    assert set(health["auth"]["info"]) == {"name", "version", "description"}
    assert api.get(f"/projects/{ref}/health", params={"services": "sorcery"}).status_code == 400


def test_login_roles_act_for_the_owner_and_expire(
    platform: Platform, api: httpx.Client, cluster: Cluster, branch: str
) -> None:
    url = f"/projects/{branch}/cli/login-role"

    def connect(login: dict[str, Any], ref: str = branch) -> psycopg.Connection[Any]:
        dsn = make_conninfo(
            cluster.dsn(f"env_{ref}", "postgres"), user=login["role"], password=login["password"]
        )
        return psycopg.connect(dsn, autocommit=True)

    writer, reader = (api.post(url, json={"read_only": flag}).json() for flag in (False, True))
    assert writer["ttl_seconds"] > 0
    with connect(writer) as connection:
        connection.execute("create table made (id int)")
    owner = "select tableowner as o from pg_tables where tablename = 'made'"
    assert platform.sql(branch, owner) == [{"o": "postgres"}]
    with connect(reader) as connection:
        assert connection.execute("select count(*) from made").fetchone() == (0,)
        with pytest.raises(psycopg.Error):
            connection.execute("create table more (id int)")
    ends = "select rolvaliduntil between now() and now() + interval '5 minutes' as soon from pg_roles"
    assert platform.sql(branch, f"{ends} where rolname = '{writer['role']}'") == [{"soon": True}]
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(writer, platform.workspace_ref)
    with connect(writer) as still_open:
        assert api.delete(url).json() == {"message": "ok"}
        with pytest.raises(psycopg.OperationalError):
            still_open.execute("select 1")
    for login in (writer, reader):
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            connect(login)
    assert writer["password"] not in platform.log.read_text()


async def test_docs_are_listed_offline_and_find_nothing(platform: Platform) -> None:
    content = f"--content-api-url={platform.api_url}/platform/content/graphql"
    async with platform.mcp(content, f"--features={MCP_FEATURES},docs") as mcp:
        tools = {tool.name: tool for tool in (await mcp.session.list_tools()).tools}
        assert "every search comes back empty" in (tools["search_docs"].description or "")
        query = '{ searchDocs(query: "rls", limit: 1) { nodes { title href } totalCount } }'
        answer = await mcp.call("search_docs", graphql_query=query)
        assert "'nodes': [], 'totalCount': 0" in str(answer)


def test_content_api_says_what_can_be_asked(platform: Platform) -> None:
    url = f"{platform.api_url}/platform/content/graphql"
    for query in ("", "{ users { email } }", "mutation { schema }", "{"):
        answer = httpx.get(url, params={"query": query}, trust_env=False)
        assert (answer.status_code, "searchDocs" in answer.text) == (400, True)
    assert httpx.post(url, content=b"[]", trust_env=False).status_code == 400
    assert "type RootQueryType" in httpx.post(url, json={"query": "{ schema }"}, trust_env=False).text
