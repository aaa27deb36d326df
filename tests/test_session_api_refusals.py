"""What the session API refuses: bodies, tokens, addresses, and what it answers when a part is away."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from architect.api import tokens
from architect.api.middleware import MAX_BODY
from architect.api.tokens import Rejected, TokenVerifier
from architect.control_project import ControlProject
from architect.errors import Unavailable
from tests.fixtures.api import ASKED, Api, User, begin, error

JSON = {"content-type": "application/json"}
#: What is sent in place of a good request, and what the refusal names.
BAD_SESSIONS: list[tuple[dict[str, Any], int, str]] = [
    ({"vibeText": ""}, 422, "vibeText"),
    ({"vibeText": None}, 422, "vibeText"),
    ({"vibeText": 7}, 422, "vibeText"),
    ({"vibeText": "\u200b \n"}, 422, "empty"),
    ({"vibeText": "a\x00b"}, 422, "control character"),
    ({"vibeText": "a \ud800 b"}, 422, "vibeText"),
    ({"vibeText": "x" * 20_001}, 422, "20,000"),
    ({"vibeText": "x y\n" * 250_001}, 422, "vibeText"),
    ({"vibeText": ("ä" * 10_000 + "\n") * 55}, 422, "1,000,000"),
    ({"vibeText": "x y\n" * 400_000}, 413, "1,300,000"),
    ({"template": "warehouse"}, 422, "template"),
    ({"template": "\x00"}, 422, "template"),
    ({"options": {"enableAnalytics": "yes"}}, 422, "enableAnalytics"),
    ({"options": {"environmentMode": "cloud"}}, 422, "environmentMode"),
    ({"options": {"unknown\ud800": 1}}, 422, "options"),
    ({"options": []}, 422, "options"),
    ({"status": "succeeded"}, 422, "status"),
    ({"ownerId": str(uuid4())}, 422, "ownerId"),
]


async def test_what_cannot_be_built_is_refused_by_name(api: Api, ada: User) -> None:
    async with api.client(ada) as client:
        for change, status, named in BAD_SESSIONS:
            surrogate = "\\ud800" in repr(change)
            body = json.dumps({**ASKED, **change}, ensure_ascii=surrogate)
            told = error(await client.post("/sessions", content=body, headers=JSON), status)
            assert named in told["message"], repr(change)[:60]
    assert api.sql("select count(*) from build_sessions") == [(0,)]


async def test_requests_that_are_no_requests(api: Api, ada: User) -> None:
    async with api.client(ada) as client:
        for body in (b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"vibeText": NaN}'):
            response = await client.post("/sessions", content=body, headers=JSON)
            assert response.status_code in (400, 422), (body[:20], response.text)
            error(response, response.status_code)
        text = {"content-type": "text/plain"}
        error(await client.post("/sessions", content=json.dumps(ASKED), headers=text), 422)

        async def endless() -> Any:
            for _ in range(MAX_BODY // 100_000 + 2):
                yield b" " * 100_000

        error(await client.post("/sessions", content=endless(), headers=JSON), 413)
        assert error(await client.get("/nowhere"), 404)["code"] == "not_found"
        wrong = await client.delete("/sessions")
        assert error(wrong, 405)["code"] == "method_not_allowed"
        assert wrong.headers["allow"]
        for after in ("-1", "1.5", "9" * 40):
            error(await client.get(f"/sessions/{uuid4()}/events", params={"after": after}), 422)
    assert api.sql("select count(*) from build_sessions") == [(0,)]


async def test_only_a_token_of_the_project_opens(api: Api, ada: User) -> None:
    now = int(time.time())
    good = api.token(ada)
    header, payload, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    bad = {
        "forged": api.token(ada, secret="x" * 48),
        "expired": api.token(ada, exp=now - 20),
        "endless": api.token(ada, exp=None),
        "for others": api.token(ada, aud="other"),
        "for nobody": api.token(ada, aud=None),
        "not yet": api.token(ada, nbf=now + 600),
        "service": api.token(ada, role="service_role"),
        "anonymous": api.token(ada, role="anon"),
        "no subject": api.token(ada, sub=None),
        "odd subject": api.token(ada, sub="admin"),
        "number": jwt.encode({"sub": 7, "exp": now + 60}, api.jwt_secret, algorithm="HS256"),
        "unsigned": jwt.encode({"sub": ada.id, "role": "authenticated"}, None, algorithm="none"),
        "other algorithm": jwt.encode(claims, api.jwt_secret, algorithm="HS512"),
        "changed": f"{header}.{payload[:-2]}AA.{signature}",
        "nested": ".".join((jwt.utils.base64url_encode(b"[" * 9_000).decode(), payload, signature)),
        "not text": "\xff\xfe.\xff.\xff",
        "long": "a" * 20_000,
        "key": "sb_publishable_of_the_test",
        "empty": "",
    }
    async with api.client() as client:
        for name, token in bad.items():
            sent = {"authorization": f"Bearer {token}".encode("latin-1")}
            refused = await client.get("/me", headers=sent)
            assert error(refused, 401)["code"] == "unauthorized", name
            assert refused.headers["www-authenticate"].startswith("Bearer realm="), name
            assert not token or token not in refused.text, name
        for other in ({}, {"authorization": f"Basic {good}"}, {"apikey": good}):
            refused = await client.get("/sessions", headers=other)
            assert error(refused, 401)["hint"]
            assert "error=" not in refused.headers["www-authenticate"]
        late = {"authorization": f"bearer {api.token(ada, exp=now - 5)}"}
        assert (await client.get("/me", headers=late)).json()["id"] == ada.id, "clocks differ a little"
        for path in ("/healthz", "/readyz", "/config.json", "/examples", "/docs", "/openapi.json", "/"):
            assert (await client.get(path)).status_code == 200, path


class Keys:
    """Publishes public keys as a project does."""

    def __init__(self) -> None:
        self.private: dict[str, ec.EllipticCurvePrivateKey] = {}
        keys = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"keys": [keys.public(kid) for kid in keys.private]}).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def add(self, kid: str) -> None:
        self.private[kid] = ec.generate_private_key(ec.SECP256R1())

    def public(self, kid: str) -> dict[str, Any]:
        key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.private[kid].public_key()))
        return {**key, "kid": kid, "alg": "ES256", "use": "sig"}

    def token(self, kid: str, user: str, **header: Any) -> str:
        claims = {"sub": user, "role": "authenticated", "aud": "authenticated", "exp": int(time.time()) + 60}
        return jwt.encode(claims, self.private[kid], algorithm="ES256", headers={"kid": kid, **header})


@pytest.fixture
def keys() -> Iterator[Keys]:
    keys = Keys()
    thread = threading.Thread(target=keys.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield keys
    keys.server.shutdown()
    keys.server.server_close()
    thread.join()


async def test_published_keys_are_found_and_never_taken_for_a_secret(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = str(uuid4())
    keys.add("first")
    verifier = TokenVerifier(ControlProject(keys.url, "pk", "a-secret-key", jwks_url=keys.url))
    assert (await verifier.caller(keys.token("first", user))).id == user

    keys.add("second")
    with pytest.raises(Rejected, match="unknown key"):
        # The keys were read a moment ago, and are not read again for every forged token.
        await verifier.caller(keys.token("second", user))
    monkeypatch.setattr(tokens, "KEYS_AGAIN_S", 0.0)
    assert (await verifier.caller(keys.token("second", user))).id == user
    del keys.private["first"]

    stranger = Keys()
    stranger.server.server_close()
    stranger.add("second")
    with pytest.raises(Rejected, match="signature"):
        await verifier.caller(stranger.token("second", user))
    pem = (
        keys.private["second"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    confused = jwt.encode(
        {"sub": user, "role": "authenticated", "aud": "authenticated", "exp": int(time.time()) + 60},
        pem.hex(), algorithm="HS256", headers={"kid": "second"},
    )  # fmt: skip
    with pytest.raises(Rejected):
        await verifier.caller(confused)
    nowhere = TokenVerifier(
        ControlProject("http://127.0.0.1:9", "pk", "a-secret-key", jwks_url="http://127.0.0.1:9")
    )
    with pytest.raises(Unavailable):
        await nowhere.caller(keys.token("second", user))


async def test_a_database_that_is_away_is_said_and_found_again(api: Api, ada: User) -> None:
    async with AsyncExitStack() as stack:
        lost = api.another(dsn="postgresql://nobody:nothing@127.0.0.1:9/none", database_wait_s=0.2)
        await stack.enter_async_context(lost.router.lifespan_context(lost))
        client = await stack.enter_async_context(api.client(ada, lost))
        away = await client.get("/sessions")
        assert error(away, 503)["code"] == "database_unavailable"
        assert error(away, 503)["hint"]
        assert away.headers["retry-after"]
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "unready")
        assert (await client.get("/healthz")).status_code == 200
    async with api.client(ada) as client:
        session_id = await begin(client)
        cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
        api.sql(f"{cut} and pid <> pg_backend_pid() and application_name = 'vibe-architect'")
        assert (await client.get(f"/sessions/{session_id}")).status_code == 200
        assert (await client.get("/readyz")).json() == {
            "status": "ready",
            "checks": {"database": "ok", "signIn": "ok", "engine": "The Prefect server does not answer."},
        }


async def test_pages_of_others_may_not_call_unless_told_so(api: Api, ada: User) -> None:
    asking = {"origin": "https://front.example", "access-control-request-method": "POST"}
    async with AsyncExitStack() as stack:
        opened = api.another(cors_origins="https://front.example, https://two.example")
        await stack.enter_async_context(opened.router.lifespan_context(opened))
        closed = await stack.enter_async_context(api.client(ada))
        client = await stack.enter_async_context(api.client(ada, opened))
        assert (
            "access-control-allow-origin" not in (await closed.options("/sessions", headers=asking)).headers
        )
        asked = {**asking, "access-control-request-headers": "authorization,content-type,idempotency-key"}
        preflight = await client.options("/sessions", headers=asked)
        assert preflight.headers["access-control-allow-origin"] == "https://front.example"
        assert "access-control-allow-credentials" not in preflight.headers
        answer = await client.get("/sessions", headers={"origin": "https://front.example"})
        assert answer.headers["access-control-allow-origin"] == "https://front.example"
        stranger = await client.get("/sessions", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in stranger.headers
        for response in (answer, await client.get("/docs"), await client.get("/nowhere")):
            assert response.headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in response.headers["content-security-policy"]
            assert response.headers["cache-control"] == "no-store"


async def test_a_member_goes_around_nothing_through_sql(api: Api, ada: User) -> None:
    """REST of the control plane's project takes rows, too: its policies hold what the API promises."""
    eve = api.user("eve")
    theirs = api.tenant("Others", owner=eve)
    tenant = api.sql("select tenant_id::text from tenant_members where user_id = %s", ada.id)[0][0]
    row = {
        "tenant_id": tenant, "owner_id": ada.id, "status": "queued", "template": "blank",
        "vibe_text": "Shop.", "options": "{}",
    }  # fmt: skip
    insert = (
        "insert into build_sessions (tenant_id, owner_id, status, template, vibe_text, options) values"
        " (%(tenant_id)s, %(owner_id)s, %(status)s, %(template)s, %(vibe_text)s, %(options)s)"
    )
    with psycopg.connect(api.dsn, autocommit=True) as connection:
        connection.execute("set role authenticated")
        claims = json.dumps({"sub": ada.id, "role": "authenticated"})
        connection.execute("select set_config('request.jwt.claims', %s, false)", (claims,))
        for change in (
            {"tenant_id": theirs},
            {"owner_id": eve.id},
            {"owner_id": None},
            {"template": "warehouse"},
            {"options": '{"enableAnalytics": "yes"}'},
            {"options": '{"environmentMode": "cloud"}'},
            {"options": '{"unknown": true}'},
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(insert, {**row, **change})
        with pytest.raises(psycopg.Error, match="does not start as running"):
            connection.execute(insert, {**row, "status": "running"})
        for column in ("attempt", "generation", "outputs", "environment", "created_at", "last_seq"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"insert into build_sessions ({column}) values (null)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from private.session_to_change(gen_random_uuid())")
        connection.execute(insert, {**row, "options": '{"specGate": true, "environmentMode": "project"}'})
    assert api.sql("select template, status from build_sessions") == [("blank", "queued")]
