"""Drift over HTTP: read by whoever may see the session, decided on by whoever may change it."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from architect.sessions import ControlPlane
from tests.drift_rows import BLIND, alert, watched
from tests.fixtures.api import Api, User, begin, error

SECRET = "sb_secret_Canary0123456789abcdef"


async def built(api: Api, client: httpx.AsyncClient) -> str:
    """A session that has succeeded and is watched."""
    session_id = await begin(client, options={"driftEveryMinutes": 15})
    async with ControlPlane.open(api.dsn) as run, run.claim(session_id):
        await run.set_status(session_id, "running")
        await run.save_environment(session_id, {"ref": "r", "url": "http://env"})
        await run.set_status(session_id, "succeeded")
    watched(api.dsn, session_id)
    return session_id


@pytest.fixture
def ada(api: Api) -> User:
    user = api.user()
    api.tenant(owner=user)
    return user


async def test_alerts_and_the_watch_are_read_and_decided_on(api: Api, ada: User) -> None:
    async with api.client(ada) as client:
        session_id = await built(api, client)
        of = f"/sessions/{session_id}"
        closed = alert(api.dsn, session_id, status="resolved", table="bids", severity="critical")
        low = alert(api.dsn, session_id, severity="low", table="notes", fix=None, proof=None)
        worst = alert(api.dsn, session_id)

        listed = (await client.get(f"{of}/alerts")).json()["alerts"]
        assert [one["id"] for one in listed] == [worst, low, closed]
        still = (await client.get(f"{of}/alerts", params={"open": "true"})).json()["alerts"]
        assert [one["id"] for one in still] == [worst, low]
        first = (await client.get(f"{of}/alerts/{worst}")).json()
        assert first == listed[0]
        assert first["resource"] == {"kind": "table", "schema": "public", "name": "orders"}
        assert (first["before"], first["after"], first["direction"]) == ("on", "off", "weaker")
        assert first["witness"] == {"sentence": "user B can now read row 7 of orders"}
        assert first["blastRadius"][0]["name"] == "orders.owner reads"
        assert first["specChunk"]["quote"] == "Users see their own orders."
        assert first["fix"] == {
            "sql": "alter table x;", "hazards": ["AUTHZ_UPDATE"], "proven": True, "automatic": True,
            "proof": {"where": "a clone", "compared": 9, "differing": 0, "missing": [], "whyNot": None},
        }  # fmt: skip
        assert [one["restorable"] for one in listed] == [True, False, False]

        guard = (await client.get(f"{of}/drift")).json()
        assert (guard["guarded"], guard["state"], guard["everyMinutes"]) == (True, "drift", 15)
        assert guard["lookedAt"] < guard["nextLookAt"]
        assert guard["open"] == {"critical": 1, "low": 1}
        assert guard["blind"] == [BLIND]
        assert guard["expectation"]["facts"] == 214
        assert guard["requests"] == []

        asked = await client.post(f"{of}/drift/restore", json={"alerts": [worst], "note": f"with {SECRET}"})
        assert asked.status_code == 202, asked.text
        assert (asked.json()["verb"], asked.json()["state"]) == ("restore", "waiting")
        assert SECRET not in asked.text
        for verb, body in (("check", None), ("accept", {})):
            assert (await client.post(f"{of}/drift/{verb}", json=body)).status_code == 202
        verbs = [one["verb"] for one in (await client.get(f"{of}/drift")).json()["requests"]]
        assert verbs == ["accept", "check", "restore"]
        rows = api.sql("select verb, requested_by::text, via, alerts::text[] from drift_requests order by 1")
        assert rows == [("accept", ada.id, "api", None), ("check", ada.id, "api", None),
                        ("restore", ada.id, "api", [worst])]  # fmt: skip


async def test_what_cannot_be_asked_for_is_refused(api: Api, ada: User) -> None:
    viewer, eve = api.user("vic"), api.user("eve")
    api.tenant("Others", owner=eve)
    tenant = api.sql("select tenant_id::text from tenant_members where user_id = %s", ada.id)[0][0]
    api.sql(
        "insert into tenant_members (tenant_id, user_id, role) values (%s, %s, 'viewer')", tenant, viewer.id
    )
    async with api.client(ada) as client, api.client(viewer) as looking, api.client(eve) as other:
        session_id = await built(api, client)
        closed, worst = (
            alert(api.dsn, session_id, status="resolved", table="bids"),
            alert(api.dsn, session_id),
        )
        of = f"/sessions/{session_id}"
        assert (await looking.get(f"{of}/alerts/{worst}")).status_code == 200
        assert (await looking.get(f"{of}/drift")).json()["open"] == {"critical": 1}
        for verb in ("check", "restore", "accept"):
            assert error(await looking.post(f"{of}/drift/{verb}", json={}), 403)["code"] == "forbidden"
            error(await other.post(f"{of}/drift/{verb}", json={}), 404)
        for path in ("alerts", f"alerts/{worst}", "drift"):
            error(await other.get(f"{of}/{path}"), 404)
        for wrong in (str(uuid4()), "nonsense"):
            assert "no such alert" in error(await client.get(f"{of}/alerts/{wrong}"), 404)["message"]
        for body, status in (
            ({"alerts": [closed]}, 409),
            ({"alerts": [str(uuid4())]}, 409),
            ({"alerts": ["x"]}, 422),
            ({"alerts": []}, 422),
            ({"note": "x" * 1001}, 422),
            ({"sql": "drop table x"}, 422),
        ):
            error(await client.post(f"{of}/drift/restore", json=body), status)
        queued = await begin(client)
        assert error(await client.post(f"/sessions/{queued}/drift/check"), 409)["hint"] is not None
        guard = (await client.get(f"/sessions/{queued}/drift")).json()
        assert (guard["guarded"], guard["state"], guard["nextLookAt"]) == (False, "unknown", None)
        assert api.sql("select count(*) from drift_requests") == [(0,)]
