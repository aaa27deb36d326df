"""Users made, listed, changed and deleted with a secret key, by supabase-js and supabase-py."""

from __future__ import annotations

import uuid
from importlib.metadata import version

import httpx
import pytest
from supabase.lib.client_options import SyncClientOptions
from supabase_auth.errors import AuthApiError

from supabase import Client, create_client
from tests.conformance.deno import drive_js
from tests.conformance.report import Drive
from tests.fixtures.platform import Platform

ADA = {"email": "ada@example.com", "password": "correct horse battery"}


def test_supabase_js(platform: Platform, branch: str, drive: Drive) -> None:
    assert len(drive_js("auth_admin.ts", platform, branch, drive, "supabase-js")) == 11


def test_supabase_py(platform: Platform, branch: str, drive: Drive) -> None:
    py = drive("supabase-py", version("supabase"))
    keys = platform.keys(branch)
    with httpx.Client(trust_env=False, timeout=60) as http:
        options = SyncClientOptions(httpx_client=http, auto_refresh_token=False, persist_session=False)
        service = create_client(platform.env_url(branch), keys["secret"], options)
        anon = create_client(platform.env_url(branch), keys["publishable"], options)
        with py("auth.admin.create_user"):
            made = service.auth.admin.create_user({**ADA, "email_confirm": True, "user_metadata": {"a": 1}})
            assert (made.user.email, made.user.user_metadata) == (
                ADA["email"],
                {"email_verified": True, "a": 1},
            )
            assert anon.auth.sign_in_with_password(ADA).user.id == made.user.id
            _refused(service, 422, "email_exists")
            with pytest.raises(AuthApiError) as refused:
                anon.auth.admin.create_user({"email": "eve@example.com"})
            assert (refused.value.status, refused.value.code) == (403, "not_admin")
        with py("auth.admin.list_users and get_user_by_id"):
            assert [user.id for user in service.auth.admin.list_users()] == [made.user.id]
            assert service.auth.admin.get_user_by_id(made.user.id).user.email == ADA["email"]
        with py("auth.admin.update_user_by_id"):
            service.auth.admin.update_user_by_id(made.user.id, {"password": "another horse"})
            assert anon.auth.sign_in_with_password({**ADA, "password": "another horse"}).user
        with py("auth.admin.delete_user"):
            service.auth.admin.delete_user(made.user.id)
            assert service.auth.admin.list_users() == []
            with pytest.raises(AuthApiError) as refused:
                service.auth.admin.delete_user(str(uuid.uuid4()))
            assert (refused.value.status, refused.value.code) == (404, "user_not_found")


def _refused(service: Client, status: int, code: str) -> None:
    with pytest.raises(AuthApiError) as refused:
        service.auth.admin.create_user({**ADA, "email_confirm": True})
    assert (refused.value.status, refused.value.code) == (status, code)


def test_what_is_not_understood_is_refused(platform: Platform, branch: str) -> None:
    secret = platform.keys(branch)["secret"]
    with httpx.Client(base_url=f"{platform.env_url(branch)}/auth/v1/admin", trust_env=False) as http:
        assert http.get("/users").status_code == 401
        assert http.get("/users", headers={"apikey": "sb_secret_" + "x" * 31}).status_code == 401
        http.headers["apikey"] = secret
        for body in ("{", "[]", '{"email": 1}', '{"email": "a@b.c", "user_metadata": []}'):
            answer = http.post("/users", content=body)
            assert (answer.status_code, answer.json()["error_code"]) == (400, "bad_json"), body
        for given in ({"password": "x" * 73}, {"email": f"{'x' * 255}@b.c"}, {"id": "7"}):
            answer = http.post("/users", json={"email": "a@example.com", **given})
            assert (answer.status_code, answer.json()["error_code"]) == (400, "validation_failed"), given
        assert http.get("/users", params={"page": "0"}).status_code == 400
        assert http.get("/users/7").status_code == 404
        assert http.patch("/users").status_code == http.post(f"/users/{uuid.uuid4()}").status_code == 405
        assert http.get("/users").json() == {"users": [], "aud": "authenticated"}


def test_what_is_stored_is_json_and_no_text_of_it(platform: Platform, branch: str) -> None:
    keys = platform.keys(branch)
    platform.sql(
        branch,
        "create function kind(given jsonb) returns text language sql return jsonb_typeof(given);"
        " create table notes (id int primary key, body jsonb); grant all on notes to service_role",
    )
    with httpx.Client(base_url=platform.env_url(branch), trust_env=False) as http:
        http.headers["apikey"] = keys["secret"]
        signed_up = {"data": {"name": "Ada"}, **ADA}
        assert http.post("/auth/v1/signup", json=signed_up).status_code == 200
        made = {"email": "bob@example.com", "user_metadata": {"name": "Bob"}}
        assert http.post("/auth/v1/admin/users", json=made).status_code == 200
        for value, kind in (({"a": 1}, "object"), ([1], "array"), ("{text", "string")):
            assert http.post("/rest/v1/rpc/kind", json={"given": value}).json() == kind
        bodies = [{"a": [1]}, ["x"], "text", "{text", 5, None]
        rows = [{"id": number, "body": body} for number, body in enumerate(bodies)]
        assert http.post("/rest/v1/notes", json=rows).status_code == 201
        assert http.get("/rest/v1/notes", params={"order": "id"}).json() == rows
        assert http.patch("/rest/v1/notes?id=eq.0", json={"body": {"b": 2}}).status_code == 204
    stored = platform.sql(
        branch, "select jsonb_typeof(body) as kind from notes where body is not null order by id"
    )
    assert [row["kind"] for row in stored] == ["object", "array", "string", "string", "number"]
    names = platform.sql(
        branch,
        "select u.raw_user_meta_data ->> 'name' as name, u.raw_app_meta_data ->> 'provider' as provider,"
        " i.email from auth.users u join auth.identities i on i.user_id = u.id order by 1",
    )
    assert names == [
        {"name": "Ada", "provider": "email", "email": "ada@example.com"},
        {"name": "Bob", "provider": "email", "email": "bob@example.com"},
    ]


def test_the_control_project_is_for_those_who_were_invited(platform: Platform) -> None:
    headers = {"authorization": f"Bearer {platform.token}"}
    with httpx.Client(trust_env=False, timeout=60) as http:
        address = f"{platform.api_url}/platform/control"
        assert http.get(address).status_code == 401
        control = http.get(address, headers=headers).json()
        headers = {"apikey": control["publishable_key"]}
        answer = http.post(f"{control['url']}/auth/v1/signup", headers=headers, json=ADA)
        assert (answer.status_code, answer.json()["error_code"]) == (422, "signup_disabled")
