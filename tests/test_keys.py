"""A key that was issued does what its template says, for as long as it says, and not a request longer."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from tests.fixtures.platform import Platform

OTHER = str(uuid.uuid4())
SCHEMA = """
create table public.notes (id int primary key, owner_id uuid not null, body text not null);
alter table public.notes enable row level security;
create policy notes_own on public.notes for all to authenticated
  using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
grant select, insert, update, delete on public.notes to authenticated;
create table public.news (id int primary key, body text not null);
alter table public.news enable row level security;
create policy news_read on public.news for select to anon, authenticated using (true);
grant select on public.news to anon, authenticated;
create function public.claim(name text) returns text language sql stable set search_path = ''
  as 'select auth.jwt() ->> name';
grant execute on function public.claim(text) to anon, authenticated, service_role;
create policy files on storage.objects for all to authenticated
  using (owner_id = (select auth.uid())::text) with check (owner_id = (select auth.uid())::text);
insert into public.news values (1, 'hello');
"""
#: Shows what it was given, which no function should do.
ECHO = """
Deno.serve((request) => {
  const token = (request.headers.get("authorization") ?? "").slice(7);
  return Response.json({ token, apikey: request.headers.get("apikey") });
});
"""
Make = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Place:
    """A branch with tables, a bucket, two functions and one user who has a row."""

    platform: Platform
    ref: str
    #: The key it was made with.
    publishable: str
    user: str = ""
    session: str = ""

    def ask(
        self,
        path: str,
        key: str | None = None,
        *,
        token: str | None = None,
        method: str = "GET",
        **request: Any,
    ) -> httpx.Response:
        """One request; ``key`` goes where clients put it, beside a token only into ``apikey``."""
        given = {"apikey": key, "authorization": f"Bearer {token or key}" if token or key else None}
        headers = {k: v for k, v in given.items() if v} | request.pop("headers", {})
        url = f"{self.platform.env_url(self.ref)}{path}"
        return httpx.request(method, url, headers=headers, timeout=30, trust_env=False, **request)

    def read(self, key: str, **request: Any) -> int:
        return self.ask("/rest/v1/news", key, **request).status_code


@pytest.fixture(scope="module")
def place(platform: Platform) -> Iterator[Place]:
    with platform.client() as client:
        made = client.post(
            f"/projects/{platform.workspace_ref}/branches", json={"branch_name": "keys"}
        ).json()
    ref = made["project_ref"]
    platform.sql(ref, SCHEMA)
    for slug, gated in (("echo", True), ("open", False)):
        assert platform.deploy(ref, slug, {"index.ts": ECHO}, verify_jwt=gated).is_success
    keys = platform.keys(ref)
    base = Place(platform, ref, keys["publishable"])
    new = {"email": "ann@example.com", "password": "correct horse"}
    signed_up = base.ask("/auth/v1/signup", keys["publishable"], method="POST", json=new).json()
    user = signed_up["user"]["id"]
    platform.sql(ref, f"insert into notes values (1, '{user}', 'mine'), (2, '{OTHER}', 'theirs')")
    base.ask("/storage/v1/bucket", keys["secret"], method="POST", json={"id": "files", "name": "files"})
    yield Place(platform, ref, keys["publishable"], user, signed_up["access_token"])
    with platform.client() as client:
        client.delete(f"/branches/{ref}")


@pytest.fixture
def api(place: Place) -> Iterator[httpx.Client]:
    with place.platform.client() as client:
        client.base_url = client.base_url.join(f"projects/{place.ref}/")
        yield client


@pytest.fixture
def make(api: httpx.Client) -> Make:
    def issue(kind: str = "secret", *, until: datetime | None = None, **template: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"type": kind, "name": f"k_{uuid.uuid4().hex[:8]}"}
        if template:
            body["secret_jwt_template"] = template
        headers = {"x-key-expires-at": until.isoformat()} if until else {}
        answer = api.post("api-keys", params={"reveal": "true"}, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    return issue


def test_a_key_acts_as_its_role_and_user_at_every_service(place: Place, make: Make) -> None:
    key = make(role="authenticated", sub=place.user, team="blue")["api_key"]
    notes = "/rest/v1/notes"
    assert [row["id"] for row in place.ask(f"{notes}?select=id", key).json()] == [1]
    row = {"id": 3, "owner_id": place.user, "body": "new"}
    assert place.ask(notes, key, method="POST", json=row).status_code == 201
    theirs = place.ask(notes, key, method="POST", json={**row, "id": 4, "owner_id": OTHER})
    assert (theirs.status_code, theirs.json()["code"]) == (403, "42501")
    assert place.ask("/rest/v1/rpc/claim", key, method="POST", json={"name": "team"}).json() == "blue"
    # In the header apikey alone it is enough, as it is on hosted.
    alone = place.ask(f"{notes}?select=id", headers={"apikey": key})
    assert [row["id"] for row in alone.json()] == [1, 3]
    assert place.ask("/auth/v1/user", key).json()["email"] == "ann@example.com"

    upload: dict[str, Any] = {"method": "POST", "content": b"hers", "headers": {"content-type": "text/plain"}}
    assert place.ask("/storage/v1/object/files/a.txt", key, **upload).status_code == 200
    assert place.ask("/storage/v1/object/files/a.txt", key).content == b"hers"
    stranger = make(role="authenticated", sub=OTHER)["api_key"]
    assert place.ask("/storage/v1/object/files/a.txt", stranger).status_code == 400
    assert place.ask("/functions/v1/echo", key, method="POST").status_code == 200

    for public in (make(role="anon")["api_key"], make("publishable")["api_key"]):
        assert place.ask("/rest/v1/news", public).json() == [{"id": 1, "body": "hello"}]
        assert place.ask(notes, public).status_code == 401
        # Her own session beside it decides.
        mine = place.ask(f"{notes}?select=id", public, token=place.session)
        assert {row["id"] for row in mine.json()} == {1, 3}
    full = make(role="service_role", sub=place.user)["api_key"]
    assert place.ask("/rest/v1/rpc/claim", full, method="POST", json={"name": "sub"}).json() == place.user


def test_a_revoked_key_is_refused_at_once_everywhere(place: Place, make: Make, api: httpx.Client) -> None:
    for made in (make(role="authenticated", sub=place.user), make("publishable"), make()):
        key = made["api_key"]
        assert place.read(key) in (200, 403)  # service_role was granted nothing here
        seen = place.ask("/functions/v1/open", key).json()["token"]
        assert api.delete(f"api-keys/{made['id']}").status_code == 200
        refused = place.ask("/rest/v1/news", key)
        assert (refused.status_code, refused.json()["message"]) == (401, "Invalid API key")
        assert place.read(key, token=place.session) == 401
        assert place.read(place.publishable, token=key) == 401
        assert place.ask("/auth/v1/settings", key).status_code == 401
        assert place.ask("/storage/v1/object/files/a.txt", token=key).status_code == 401
        assert place.ask("/functions/v1/echo", key).status_code == 401
        # Nor is what a function was given in its place of any use.
        assert place.read(place.publishable, token=seen) == 401
        assert api.delete(f"api-keys/{made['id']}").status_code == 404


def test_keys_that_come_and_go_together_stay_gone(place: Place, make: Make, api: httpx.Client) -> None:
    def live_and_die(_: int) -> list[int]:
        made = make(role="anon")
        before = place.read(made["api_key"])
        api.delete(f"api-keys/{made['id']}")
        return [before, place.read(made["api_key"]), place.read(made["api_key"])]

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(live_and_die, range(12))) == [[200, 401, 401]] * 12


def test_a_key_ends_when_it_says(place: Place, make: Make) -> None:
    until = datetime.now(UTC) + timedelta(seconds=3)
    made = [make(role="anon", until=until), make("publishable", until=until)]
    assert [place.read(key["api_key"]) for key in made] == [200, 200]
    token = place.ask("/functions/v1/echo", made[0]["api_key"]).json()["token"]
    if token.count(".") == 2:
        assert jwt.decode(token, options={"verify_signature": False})["exp"] <= until.timestamp()
    while datetime.now(UTC) <= until:
        time.sleep(0.05)
    for key in made:
        refused = place.ask("/rest/v1/news", key["api_key"])
        assert (refused.status_code, refused.json()["message"]) == (401, "API key has expired")


def test_a_key_is_held_to_its_services_and_to_reading(place: Place, make: Make) -> None:
    user = {"role": "authenticated", "sub": place.user}
    only = make(**user, va_services=["functions"])["api_key"]
    for path in ("/rest/v1/notes", "/storage/v1/object/files/a.txt", "/auth/v1/user"):
        refused = place.ask(path, only)
        assert (refused.status_code, "not valid for" in refused.json()["message"]) == (403, True), path
    given = place.ask("/functions/v1/echo", only).json()
    claims = jwt.decode(given["token"], options={"verify_signature": False})
    assert (claims["role"], claims["sub"]) == ("authenticated", place.user)
    assert claims["exp"] - claims["iat"] <= 60
    assert only not in given.values()
    # A function can do no more with what it was given than the key could.
    assert place.ask("/rest/v1/notes", place.publishable, token=given["token"]).status_code == 403

    reads = make(**user, va_read_only=True)["api_key"]
    assert place.ask("/rest/v1/notes", reads).status_code == 200
    listed = place.ask("/storage/v1/object/list/files", reads, method="POST", json={"prefix": ""})
    assert listed.status_code == 200
    for method, path in (
        *((method, "/rest/v1/notes?id=eq.1") for method in ("POST", "PATCH", "PUT", "DELETE")),
        *((method, "/rest/v1/rpc/claim?name=sub") for method in ("GET", "POST")),
        *(("POST", path) for path in ("/storage/v1/object/files/b.txt", "/auth/v1/logout")),
        *((method, f"/functions/v1/{slug}") for slug in ("echo", "open") for method in ("GET", "POST")),
    ):
        refused = place.ask(path, reads, method=method, json={"body": "x"})
        assert (refused.status_code, refused.json()["message"]) == (403, "API key is read-only"), path
    # Not even with a session that may write: what goes through this key only reads.
    assert place.ask("/rest/v1/notes?id=eq.1", reads, token=place.session, method="DELETE").status_code == 403
    left = place.platform.sql(place.ref, "select body from public.notes where id = 1")
    assert left == [{"body": "mine"}]


def test_secret_keys_do_not_work_in_a_browser(place: Place, make: Make) -> None:
    browser = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0"}
    for key in (make(role="authenticated", sub=place.user), make(role="anon"), make()):
        refused = place.ask("/rest/v1/notes", key["api_key"], headers=browser)
        assert refused.status_code == 401
        assert refused.json()["message"] == "Forbidden use of secret API key in browser"
    assert place.read(make("publishable")["api_key"], headers=browser) == 200


BAD = [
    {"role": "postgres"},
    {"role": ["anon"]},
    {"sub": str(uuid.uuid4())},
    {"role": "anon", "sub": "me"},
    {"role": "anon", "sub": 5},
    {"role": "anon", "exp": 4102444800},
    {"role": "anon", "va_key": "x"},
    {"role": "anon", "va_services": ["root"]},
    {"role": "anon", "va_services": [["rest"]]},
    {"role": "anon", "va_services": 5},
    {"role": "anon", "va_services": "rest"},
    {"role": "anon", "va_read_only": "yes"},
    {"role": "anon", "x": "a\0b"},
    {"role": "anon", "x": "y" * 5000},
]


def test_a_key_that_makes_no_sense_is_not_made(api: httpx.Client) -> None:
    before = api.get("api-keys").json()
    named = {"type": "secret", "name": "fine_name"}
    bodies: list[dict[str, Any]] = [{**named, "secret_jwt_template": template} for template in BAD]
    bodies += [
        {**named, "name": name} for name in ("No Good", "abc", "1abc", "a" * 65, "abcd\n", "abc\0d", "ábcd")
    ]
    bodies += [{**named, "type": "legacy"}, {**named, "description": "a\0b"}, {"type": "secret"}]
    bodies += [{"type": "publishable", "name": "fine_name", "secret_jwt_template": {"role": "anon"}}]
    bodies += [{**named, "name": "default"}]
    for body in bodies:
        answer = api.post("api-keys", json=body)
        assert (answer.status_code, set(answer.json())) == (400, {"message"}), body
    broken = json.dumps({**named, "secret_jwt_template": {"role": "anon", "x": "\ud800"}})
    assert api.post("api-keys", content=broken).status_code == 400
    for until in ("soon", "2020-01-01T00:00:00Z", "2099-01-01T00:00:00", ""):
        assert api.post("api-keys", json=named, headers={"x-key-expires-at": until}).status_code == 400, until
    assert api.get("api-keys").json() == before


def test_keys_are_masked_renamed_and_found(place: Place, api: httpx.Client, make: Make) -> None:
    made = make(role="anon")
    path = f"api-keys/{made['id']}"
    listed = next(key for key in api.get("api-keys").json() if key["id"] == made["id"])
    assert listed == api.get(path).json()
    assert made["api_key"] not in json.dumps(listed)
    assert made["api_key"].startswith(listed["prefix"])
    assert len(listed["prefix"]) == len("sb_secret_") + 5
    assert api.get(path, params={"reveal": "true"}).json()["api_key"] == made["api_key"]
    hidden = api.post("api-keys", json={"type": "secret", "name": "never_shown"}).json()
    assert hidden["api_key"].endswith("·")
    assert hidden["secret_jwt_template"] == {"role": "service_role"}

    renamed = api.patch(path, json={"name": "another_name"}).json()
    assert (renamed["name"], renamed["secret_jwt_template"]) == ("another_name", {"role": "anon"})
    assert api.patch(path, json={"name": "never_shown"}).status_code == 400
    assert api.patch(path, json={"secret_jwt_template": {"role": "postgres"}}).status_code == 400
    raised = {"role": "authenticated", "sub": place.user}
    assert api.patch(path, json={"secret_jwt_template": raised}).json()["name"] == "another_name"
    assert place.ask("/auth/v1/user", made["api_key"]).json()["id"] == place.user
    assert api.get(f"api-keys/{uuid.uuid4()}").status_code == 404
    assert api.delete("api-keys/anon").status_code == 400
    there = httpx.get(
        f"{place.platform.env_url(place.platform.workspace_ref)}/rest/v1/",
        headers={"apikey": made["api_key"]},
    )
    assert there.status_code == 401


def test_the_first_keys_go_like_any_other(platform: Platform, branch: str) -> None:
    here = Place(platform, branch, platform.keys(branch)["publishable"])
    source = 'Deno.serve(() => Response.json(JSON.parse(Deno.env.get("SUPABASE_SECRET_KEYS"))));'
    platform.deploy(branch, "names", {"index.ts": source}, verify_jwt=False)
    keys = platform.keys(branch)
    ask = "/auth/v1/settings"
    assert list(here.ask("/functions/v1/names").json()) == ["default"]
    with platform.client() as client:
        base = f"/projects/{branch}/api-keys"
        first = {key["type"]: key for key in client.get(base).json() if key["name"] == "default"}
        assert uuid.UUID(first["secret"]["id"])
        fresh = {"type": "secret", "name": "rotated"}
        rotated = client.post(base, params={"reveal": "true"}, json=fresh).json()["api_key"]
        for kind in ("publishable", "secret"):
            assert here.ask(ask, keys[kind]).status_code == 200
            assert client.delete(f"{base}/{first[kind]['id']}").status_code == 200
            assert here.ask(ask, keys[kind]).status_code == 401
        assert here.ask("/functions/v1/names").json() == {"rotated": rotated}
        assert here.ask("/storage/v1/bucket", rotated).status_code == 200

        assert client.put(f"{base}/legacy", params={"enabled": False}).json() == {"enabled": False}
        assert client.get(f"{base}/legacy").json() == {"enabled": False}
        for name in ("anon", "service_role"):
            refused = here.ask(ask, keys[name])
            assert (refused.status_code, refused.json()["message"]) == (401, "Legacy API keys are disabled")
            assert here.ask(ask, rotated, token=keys[name]).status_code == 401
        assert here.ask(ask, rotated).status_code == 200
        assert {key["name"] for key in client.get(base).json()} == {"anon", "service_role", "rotated"}
        assert client.put(f"{base}/legacy", params={"enabled": True}).json() == {"enabled": True}
    assert here.ask(ask, keys["anon"]).status_code == 200
