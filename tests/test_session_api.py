"""A session over HTTP: asked for, listed, read, stopped and tried again, each as who is asking."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from architect import analytics, workbench
from architect.errors import Conflict, Superseded
from architect.sessions import ControlPlane
from tests.fixtures.api import ASKED, Api, User, begin, error

#: Everything that is asked of one session.
OF_A_SESSION = [
    ("GET", ""),
    ("GET", "/events"),
    ("GET", "/plan"),
    ("GET", "/access-matrix"),
    ("GET", "/tool-calls"),
    ("GET", "/alerts"),
    ("GET", "/alerts/00000000-0000-4000-8000-00000000dead"),
    ("GET", "/drift"),
    ("GET", "/run"),
    ("POST", "/cancel"),
    ("POST", "/retry"),
    ("POST", "/approve"),
    ("POST", "/reject"),
    ("POST", "/analytics/query"),
    ("POST", "/drift/check"),
    ("POST", "/drift/restore"),
    ("POST", "/drift/accept"),
]
#: What those take that take something.
BODIES: dict[str, dict[str, object]] = {
    "/analytics/query": {},
    "/approve": {"planHash": "0" * 64},
    "/reject": {"planHash": "0" * 64},
    "/drift/restore": {},
    "/drift/accept": {},
}


async def test_a_session_is_begun_and_stays_queued_while_the_engine_is_away(api: Api, ada: User) -> None:
    async with api.client(ada) as client:
        response = await client.post("/sessions", json={**ASKED, "options": {"enableAnalytics": False}})
        assert response.status_code == 201, response.text
        session_id = response.json()["sessionId"]
        assert response.headers["location"] == f"/sessions/{session_id}"
        session = (await client.get(response.headers["location"])).json()
        assert session["status"] == "queued"
        assert session["vibeText"] == ASKED["vibeText"]
        assert session["options"]["enableAnalytics"] is False
        assert session["options"]["environmentMode"] == "branch"
        assert (session["lastSeq"], session["cursor"], session["startedAt"]) == (0, None, None)
        assert "error" not in session
        assert (await client.get(f"/sessions/{session_id}/events")).json() == []
        assert error(await client.get(f"/sessions/{session_id}/plan"), 404)["code"] == "plan_not_ready"
        matrix = error(await client.get(f"/sessions/{session_id}/access-matrix"), 404)
        assert matrix["code"] == "access_matrix_not_ready"
        away = await client.get(f"/sessions/{session_id}/run")
        assert error(away, 503)["code"] == "engine_unavailable"
        assert away.headers["retry-after"]
        assert error(await client.post(f"/sessions/{session_id}/analytics/query", json={}), 409)["hint"]
    assert api.sql("select owner_id::text, run_wanted_at is not null from build_sessions") == [(ada.id, True)]


async def test_a_secret_in_the_spec_is_not_stored(api: Api, ada: User) -> None:
    secret = "sb_secret_Canary0123456789abcdef"
    async with api.client(ada) as client:
        session_id = await begin(client, vibeText=f"{ASKED['vibeText']}\nUse the key {secret}.\n")
        shown = await client.get(f"/sessions/{session_id}")
    assert secret not in shown.text
    assert "[redacted:secret-key:" in shown.json()["vibeText"]
    assert api.sql("select count(*) from build_sessions where vibe_text like %s", f"%{secret}%") == [(0,)]


async def test_the_same_key_and_body_are_one_session(api: Api, ada: User) -> None:
    eve = api.user("eve")
    api.tenant("Others", member=eve)
    key = {"idempotency-key": "order 66"}
    async with api.client(ada) as client, api.client(eve) as other:
        first, *again = await asyncio.gather(
            *(client.post("/sessions", json=ASKED, headers=key) for _ in range(4))
        )
        assert {r.json()["sessionId"] for r in again} == {first.json()["sessionId"]}
        assert sorted(r.status_code for r in (first, *again)) == [200, 200, 200, 201]
        changed = await client.post("/sessions", json={**ASKED, "template": "saas"}, headers=key)
        assert error(changed, 409)["code"] == "idempotency_conflict"
        theirs = await other.post("/sessions", json=ASKED, headers=key)
        assert theirs.status_code == 201, "a key is its sender's own"
        for wrong in ("x" * 201, "", " ", "\xe9"):
            refused = await client.post(
                "/sessions", json=ASKED, headers={"idempotency-key": wrong.encode("latin-1")}
            )
            assert "Idempotency-Key" in error(refused, 422)["message"]
    assert api.sql("select count(*) from build_sessions") == [(2,)]


async def test_sessions_are_listed_newest_first_by_pages(api: Api, ada: User) -> None:
    async with api.client(ada) as client:
        made = [await begin(client, vibeText=f"## No. {n}\n\ntext") for n in range(5)]
        pages, before = [], None
        while True:
            asked = {"limit": 2} | ({"before": before} if before else {})
            page = (await client.get("/sessions", params=asked)).json()
            pages.append([line["id"] for line in page["sessions"]])
            before = page["next"]
            if before is None:
                break
        assert pages == [made[:2:-1], made[2:0:-1], made[:1]]
        newest = (await client.get("/sessions", params={"limit": 1})).json()["sessions"][0]
        assert newest["title"] == "No. 4"
        assert newest["url"] is None
        for before in (str(uuid4()), "nope", ""):
            error(await client.get("/sessions", params={"before": before}), 404)
        for limit in ("0", "201", "x", "9" * 5000):
            assert "limit" in error(await client.get("/sessions", params={"limit": limit}), 422)["message"]


async def test_another_tenants_session_is_not_there(api: Api, ada: User) -> None:
    eve = api.user("eve")
    api.tenant("Others", owner=eve)
    async with api.client(ada) as client, api.client(eve) as stranger:
        mine = await begin(client)
        ids = [mine, str(uuid4()), "nope", "0", "%00", "%F0%9F%92%A5", mine[:-1], "'; drop table tenants; --"]
        for method, path in OF_A_SESSION:
            bodies = set()
            for wrong in ids:
                response = await stranger.request(method, f"/sessions/{wrong}{path}", json=BODIES.get(path))
                assert error(response, 404)["code"] == "not_found", (path, wrong)
                bodies.add(response.text)
            assert len(bodies) == 1, "nothing tells a session of others from none"
        assert (await stranger.get("/sessions")).json() == {"sessions": [], "next": None}
        error(await stranger.get("/sessions", params={"before": mine}), 404)
        assert (await client.get(f"/sessions/{mine.upper()}")).json()["status"] == "queued"


async def test_a_viewer_looks_and_changes_nothing(api: Api, ada: User) -> None:
    vic = api.user("vic")
    tenant = api.sql("select tenant_id::text from tenant_members where user_id = %s", ada.id)[0][0]
    api.sql("insert into tenant_members (tenant_id, user_id, role) values (%s, %s, 'viewer')", tenant, vic.id)
    async with api.client(ada) as client, api.client(vic) as viewer:
        session_id = await begin(client)
        assert (await viewer.get(f"/sessions/{session_id}")).status_code == 200
        for refused in (
            await viewer.post("/sessions", json=ASKED),
            await viewer.post("/sessions", json={**ASKED, "tenantId": tenant}),
            await viewer.post(f"/sessions/{session_id}/cancel"),
            await viewer.post(f"/sessions/{session_id}/retry"),
        ):
            assert error(refused, 403)["code"] == "forbidden"
        me = (await viewer.get("/me")).json()
        assert me == {
            "id": vic.id,
            "email": vic.email,
            "tenants": [{"id": tenant, "name": "Acme", "role": "viewer"}],
        }
        assert (await client.get(f"/sessions/{session_id}")).json()["status"] == "queued"


async def test_the_tenant_is_the_only_one_or_named(api: Api) -> None:
    bob, nobody = api.user("bob"), api.user("nobody")
    red, blue, other = api.tenant("Red", admin=bob), api.tenant("Blue", member=bob), api.tenant("Other")
    api.tenant("Watched", viewer=bob)
    async with api.client(bob) as client, api.client(nobody) as lonely:
        told = error(await client.post("/sessions", json=ASKED), 422)
        assert "tenantId" in told["message"]
        assert red in told["hint"]
        assert blue in told["hint"]
        assert "Watched" not in told["hint"]
        for tenant in (red, blue):
            session = (await client.get(f"/sessions/{await begin(client, tenantId=tenant)}")).json()
            assert session["tenantId"] == tenant
        error(await client.post("/sessions", json={**ASKED, "tenantId": other}), 404)
        assert (
            "tenantId"
            in error(await client.post("/sessions", json={**ASKED, "tenantId": "x"}), 422)["message"]
        )
        error(await lonely.post("/sessions", json=ASKED), 403)


async def test_a_canceled_run_cannot_write_any_more(api: Api, ada: User) -> None:
    connections = api.connections
    async with (
        api.client(ada) as client,
        ControlPlane.open(api.dsn) as run,
        ControlPlane.open(api.dsn) as next_run,
    ):
        session_id = await begin(client)
        async with run.claim(session_id):
            await run.set_status(session_id, "running")
            await run.node_start(session_id, "ingest_vibe", generation=1, plan_hash="h")
            canceled = await client.post(f"/sessions/{session_id}/cancel")
            assert canceled.status_code == 202
            assert canceled.json()["status"] == "canceled"
            assert canceled.json()["error"]["code"] == "canceled"
            assert canceled.json()["finishedAt"]
            for write in (
                run.append_event(session_id, "table_created", "too late"),
                run.save_outputs(session_id, {"late": True}),
                run.set_status(session_id, "succeeded"),
                run.node_finish(session_id, "ingest_vibe", generation=1, status="completed"),
            ):
                with pytest.raises(Superseded):
                    await write
            told = (await client.get(f"/sessions/{session_id}/events")).json()
            assert [event["type"] for event in told] == ["build_failed"]
            assert told[0]["payload"]["error"]["details"]["by"] == ada.id
            assert [node.status for node in await next_run.nodes(session_id)] == ["canceled"]
            error(await client.post(f"/sessions/{session_id}/cancel"), 409)
            # A run that was asked for before, and comes only now.
            with pytest.raises(Conflict):
                async with workbench.open_bench(session_id, connections):
                    pass

            again = await client.post(f"/sessions/{session_id}/retry")
            assert (again.status_code, again.json()["status"]) == (202, "queued")
            assert "error" not in again.json()
            assert error(await client.post(f"/sessions/{session_id}/retry"), 409)["hint"]
            # The canceled run has not noticed yet: the next one waits for it, and not for ever.
            with pytest.raises(Conflict):
                async with next_run.claim(session_id, patience_s=0.05):
                    pass
            taking_over = asyncio.create_task(take_over(next_run, session_id))
            late = "The run ended as Cancelled."
            gone = {"canceled": True, "reason": late}
            assert not await workbench.close_stopped(session_id, connections, **gone, run=1)
            assert not taking_over.done()
        assert await taking_over == "succeeded"
        for verb in ("cancel", "retry"):
            assert "succeeded" in error(await client.post(f"/sessions/{session_id}/{verb}"), 409)["message"]


async def take_over(cp: ControlPlane, session_id: str) -> str:
    """What the run of a retry does, in short."""
    async with cp.claim(session_id, patience_s=30):
        await cp.set_status(session_id, "running")
        return (await cp.set_status(session_id, "succeeded")).status


async def test_what_came_out_is_read_by_pages(api: Api, ada: User) -> None:
    plan, matrix = {"tables": [{"name": "listings"}]}, {"identities": ["anon"], "tables": {}}
    async with api.client(ada) as client, ControlPlane.open(api.dsn) as run:
        session_id = await begin(client)
        of = f"/sessions/{session_id}"
        async with run.claim(session_id):
            await run.set_status(session_id, "running")
            await run.save_plan(session_id, plan)
            await run.save_outputs(session_id, {"accessMatrix": matrix, "analytics": {}})
            await run.save_environment(session_id, {"url": "http://env", "ref": "r"})
            await run.save_cursor(session_id, {"step": "finalize"})
            for n in range(5):
                call = await run.record_tool_call(
                    session_id, "supabase", "execute_sql", {"query": f"select {n}"}
                )
                await run.finish_tool_call(session_id, call, n != 3, 1.5, None, "no" if n == 3 else None)
                await run.append_event(session_id, "table_created", f"table {n}", with_tool_calls=True)
        api.sql(
            "insert into drift_alerts"
            " (session_id, tenant_id, severity, type, resource, recommendation, fix_sql, fix_proof)"
            " select id, tenant_id, 'high', 'rls_disabled', 'public.listings', 'enable it', 'alter table', %s"
            " from build_sessions",
            Jsonb({"clean": True}),
        )
        assert (await client.get(f"{of}/plan")).json() == plan
        assert (await client.get(f"{of}/access-matrix")).json() == matrix
        events = (await client.get(f"{of}/events")).json()
        assert [event["seq"] for event in events] == [1, 2, 3, 4, 5]
        behind = (await client.get(f"{of}/events", params={"after": 2, "limit": 2})).json()
        assert behind == events[2:4]
        assert events[0]["payload"]["tool_calls"][0]["tool"] == "execute_sql"

        first = (await client.get(f"{of}/tool-calls", params={"limit": 4})).json()
        assert ([call["n"] for call in first["toolCalls"]], first["next"]) == ([1, 2, 3, 4], 4)
        assert first["toolCalls"][3] | {"startedAt": ""} == {
            "n": 4, "server": "supabase", "tool": "execute_sql", "arguments": {"query": "select 3"},
            "startedAt": "", "ms": 1.5, "ok": False, "resultDigest": None, "error": "no", "eventSeq": 4,
        }  # fmt: skip
        rest = (await client.get(f"{of}/tool-calls", params={"after": 4})).json()
        assert ([call["n"] for call in rest["toolCalls"]], rest["next"]) == ([5], None)
        (alert,) = (await client.get(f"{of}/alerts")).json()["alerts"]
        assert (alert["severity"], alert["resource"]["name"]) == ("high", "public.listings")
        assert (alert["fix"]["sql"], alert["restorable"]) == ("alter table", False)
        session = (await client.get(of)).json()
        assert (session["lastSeq"], session["cursor"]) == (5, {"step": "finalize"})
        assert session["environment"]["url"] == "http://env"
        assert (await client.get("/sessions")).json()["sessions"][0]["url"] == "http://env"


async def test_analytics_answers_with_its_provenance(api: Api, ada: User) -> None:
    async with api.client(ada) as client:
        session_id = await begin(client)
        query = f"/sessions/{session_id}/analytics/query"
        analytics.configure(api.home, session_id)
        api.sql("update build_sessions set outputs = %s", Jsonb({"analytics": {}}))
        asked = {"name": "busiest_routes", "parameters": {"month": 2, "limit": 3}}
        answer = await client.post(query, json=asked)
        assert answer.status_code == 200, answer.text
        assert answer.json() | {"provenance": 0} == {
            **analytics.run_analytics_query(api.home, session_id, "busiest_routes", month=2, limit=3),
            "provenance": 0,
        }
        assert answer.json()["provenance"]["snapshot_id"]
        for wrong in (
            {"name": "drop"},
            {"parameters": {"month": 13}},
            {"parameters": {"home": "/etc"}},
            {"name": "flights_per_day", "parameters": {"limit": 3}},
        ):
            error(await client.post(query, json=wrong), 422)


async def test_two_servers_are_as_one(api: Api, ada: User) -> None:
    key = {"idempotency-key": "k"}
    async with AsyncExitStack() as stack:
        twin = api.another()
        await stack.enter_async_context(twin.router.lifespan_context(twin))
        here = await stack.enter_async_context(api.client(ada))
        there = await stack.enter_async_context(api.client(ada, twin))
        made = await here.post("/sessions", json=ASKED, headers=key)
        again = await there.post("/sessions", json=ASKED, headers=key)
        assert again.json() == made.json()
        of = f"/sessions/{made.json()['sessionId']}"
        assert (await there.get(of)).json() == (await here.get(of)).json()
        assert (await there.post(f"{of}/cancel")).status_code == 202
        assert (await here.get(of)).json()["status"] == "canceled"
