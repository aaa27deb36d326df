"""supabase-py meets what it meets on the hosted platform: REST, Auth, Storage and functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.metadata import version

import httpx
import pytest
from postgrest.exceptions import APIError
from storage3.exceptions import StorageApiError
from supabase.lib.client_options import SyncClientOptions
from supabase_auth.errors import AuthApiError
from supabase_functions.errors import FunctionsHttpError

from supabase import Client, create_client
from tests.conformance.report import Client as Operations
from tests.conformance.report import Drive
from tests.fixtures.platform import Platform

ADA = {"email": "ada@example.com", "password": "correct horse battery"}
Connect = Callable[[str], Client]


@pytest.fixture
def connect(platform: Platform, environment: str) -> Iterator[Connect]:
    """Makes clients with one of the environment's keys and closes what they hold."""
    keys = platform.keys(environment)
    with ExitStack() as stack:

        def make(key: str) -> Client:
            http = stack.enter_context(httpx.Client(trust_env=False, timeout=60))
            options = SyncClientOptions(httpx_client=http, auto_refresh_token=False, persist_session=False)
            return create_client(platform.env_url(environment), keys.get(key, key), options)

        yield make


def test_supabase_py(platform: Platform, environment: str, connect: Connect, drive: Drive) -> None:
    py = drive("supabase-py", version("supabase"))
    ada, bob = connect("publishable"), connect("anon")
    user = _auth(py, ada, bob, connect("publishable"))
    _rest(py, user, ada, bob, connect("publishable"), connect("secret"))
    _storage(py, user, ada, bob, connect("secret"))
    _functions(py, ada, connect("anon"), platform.env_url(environment))
    with py("a wrong key"):
        with pytest.raises(APIError, match="Invalid API key"):
            connect("sb_publishable_" + "x" * 31).table("cities").select("*").execute()
        with pytest.raises(AuthApiError):
            connect("sb_publishable_" + "x" * 31).auth.sign_in_with_password(ADA)
    with py("auth.sign_out"):
        ada.auth.sign_out()
        with pytest.raises(APIError) as refused:
            ada.table("notes").select("*").execute()
        assert refused.value.code == "42501"


def _auth(py: Operations, ada: Client, bob: Client, other: Client) -> str:
    with py("auth.sign_up"):
        made = ada.auth.sign_up({**ADA, "options": {"data": {"name": "Ada"}}})
        assert made.user is not None
        assert (made.user.email, made.user.user_metadata["name"]) == (ADA["email"], "Ada")
        assert bob.auth.sign_up({**ADA, "email": "bob@example.com"}).session is not None
    with py("auth.sign_in_with_password"):
        assert ada.auth.sign_in_with_password(ADA).user.id == made.user.id
        with pytest.raises(AuthApiError) as wrong:
            other.auth.sign_in_with_password({**ADA, "password": "wrong"})
        assert (wrong.value.status, wrong.value.code) == (400, "invalid_credentials")
    with py("auth.refresh_session"):
        before = ada.auth.get_session()
        after = ada.auth.refresh_session().session
        assert before is not None
        assert after is not None
        assert after.refresh_token != before.refresh_token
    with py("auth.get_user"):
        found = ada.auth.get_user()
        assert found is not None
        assert found.user.id == made.user.id
        with pytest.raises(AuthApiError):
            other.auth.get_user(after.access_token[:-4] + "AAAA")
    return made.user.id


def _rest(py: Operations, user: str, ada: Client, bob: Client, anon: Client, service: Client) -> None:
    with py("table.insert"):
        rows = ada.table("notes").insert([{"body": "one", "stars": 1}, {"body": "two", "stars": 2}]).execute()
        assert [(r["owner"], r["body"], r["tags"]) for r in rows.data] == [
            (user, "one", []),
            (user, "two", []),
        ]
    with py("table.select under RLS"):
        assert len(ada.table("notes").select("*").execute().data) == 2
        assert bob.table("notes").select("*").execute().data == []
        assert len(service.table("notes").select("*").execute().data) == 3
        with pytest.raises(APIError) as refused:
            anon.table("notes").select("*").execute()
        assert refused.value.code == "42501"
    with py("table.insert against a policy"):
        with pytest.raises(APIError) as forged:
            bob.table("notes").insert({"owner": user, "body": "forged"}).execute()
        assert forged.value.code == "42501"
    with py("table.update"):
        changed = ada.table("notes").update({"stars": 5}).eq("body", "two").execute()
        assert [r["stars"] for r in changed.data] == [5]
        assert bob.table("notes").update({"stars": 9}).gte("stars", 0).execute().data == []
    with py("table.upsert"):
        row = {"owner": user, "body": "one", "stars": 7}
        assert ada.table("notes").upsert(row, on_conflict="owner,body").execute().data[0]["stars"] == 7
        with pytest.raises(APIError) as twice:
            ada.table("notes").insert(row).execute()
        assert twice.value.code == "23505"
    with py("table.delete"):
        assert bob.table("notes").delete().neq("body", "").execute().data == []
        assert [r["body"] for r in ada.table("notes").delete().eq("body", "two").execute().data] == ["two"]
    _reading(py, anon)
    with py("rpc"):
        assert anon.rpc("add", {"a": 2, "b": 3}).execute().data == 5
        assert len(anon.rpc("larger_than", {"size": 15}).execute().data) == 3
        assert ada.rpc("whoami", {}).execute().data == user
        assert service.rpc("whoami", {}).execute().data == "service_role"


def _reading(py: Operations, anon: Client) -> None:
    cities = anon.table("cities").select("name").order("name")
    with py("table filters, order, range"):
        assert _names(cities.gt("people", 15).lte("people", 30)) == ["Celle", "Dresden"]
        assert _names(anon.table("cities").select("*").in_("name", ["Berlin", "x"])) == ["Berlin"]
        assert _names(anon.table("cities").select("*").or_("name.eq.Aachen,people.eq.40").order("name")) == [
            "Aachen",
            "Berlin",
        ]
        assert _names(anon.table("cities").select("*").order("people", desc=True).limit(1)) == ["Berlin"]
        assert _names(anon.table("cities").select("*").order("name").range(1, 2)) == ["Berlin", "Celle"]
    with py("table count"):
        counted = anon.table("cities").select("*", count="exact").range(0, 1).execute()
        assert (len(counted.data), counted.count) == (2, 4)
    with py("table single and maybe_single"):
        assert anon.table("cities").select("people").eq("name", "Celle").single().execute().data == {
            "people": 20
        }
        with pytest.raises(APIError) as none:
            anon.table("cities").select("*").eq("name", "x").single().execute()
        assert none.value.code == "PGRST116"
        assert anon.table("cities").select("*").eq("name", "x").maybe_single().execute() is None


def _storage(py: Operations, user: str, ada: Client, bob: Client, service: Client) -> None:
    path = f"{user}/hello.txt"
    with py("storage.create_bucket"):
        service.storage.create_bucket("private", options={"public": False})
        with pytest.raises(StorageApiError):
            ada.storage.create_bucket("forbidden")
    files = ada.storage.from_("private")
    with py("storage upload and download under RLS"):
        assert files.upload(path, b"hello", {"content-type": "text/plain"}).path == path
        assert files.download(path) == b"hello"
        for attempt in (
            lambda: bob.storage.from_("private").download(path),
            lambda: bob.storage.from_("private").upload(f"{user}/forged.txt", b"x"),
        ):
            with pytest.raises(StorageApiError):
                attempt()
    with py("storage.list"):
        assert [(f["name"], f["metadata"]["size"]) for f in files.list(user)] == [("hello.txt", 5)]
        assert bob.storage.from_("private").list(user) == []
    with py("storage.create_signed_url"):
        url = files.create_signed_url(path, 60)["signedURL"]
        assert httpx.get(url, trust_env=False).content == b"hello"
        assert httpx.get(url[:-4] + "AAAA", trust_env=False).is_error
    with py("storage.remove"):
        assert len(files.remove([path])) == 1
        with pytest.raises(StorageApiError):
            files.download(path)


def _functions(py: Operations, ada: Client, anon: Client, url: str) -> None:
    body = {"responseType": "json", "body": {"a": 1}}
    with py("functions.invoke"):
        assert ada.functions.invoke("guarded", body) == {
            "method": "POST",
            "role": "authenticated",
            "body": {"a": 1},
        }
        assert anon.functions.invoke("guarded", body)["role"] == "anon"
    with py("functions.invoke without a JWT"):
        assert httpx.post(f"{url}/functions/v1/guarded", trust_env=False).status_code == 401
        assert httpx.get(f"{url}/functions/v1/open", trust_env=False).json()["method"] == "GET"
    with py("functions.invoke hands on an error"), pytest.raises(FunctionsHttpError):
        ada.functions.invoke("guarded", {"body": {"fail": 418}})


def _names(query: object) -> list[str]:
    return [row["name"] for row in query.execute().data]  # type: ignore[attr-defined]
