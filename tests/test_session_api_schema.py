"""The session API keeps what its OpenAPI document promises, for requests that a generator makes up."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from architect import analytics
from architect.embedded import ports
from architect.embedded.postgres import Cluster
from architect.sessions import ControlPlane
from tests.drift_rows import alert, watched
from tests.fixtures.api import Api, begin

#: Requests per operation and kind, on top of the systematic ones.
EXAMPLES = 5
#: How a request that breaks the schema may be refused; some of them are merely too large.
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"deterministic": True, "database": "none", "max-examples": EXAMPLES},
        "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
    }
)
ALERT = "00000000-0000-4000-8000-0000000a1e27"
DOCUMENT = Api("postgresql://nobody:nothing@127.0.0.1:9/none", Path("/nonexistent")).app.openapi()
schema = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)
PORT = ports.free_port()
schema.config.update(base_url=f"http://127.0.0.1:{PORT}")


@dataclass(frozen=True)
class Running:
    """A running API, a header with an owner's token, and a session of the owner's that has everything."""

    headers: dict[str, str]
    session_id: str


@pytest.fixture(scope="module")
def running(
    cluster: Cluster, control_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    name = f"control_{secrets.token_hex(6)}"
    cluster.create_database(name, template=control_template, owner="control_plane")
    api = Api(cluster.dsn(name, "control_plane"), tmp_path_factory.mktemp("home"))
    session_id = asyncio.run(fill(api))
    ((owner,),) = api.sql("select owner_id::text from build_sessions")
    with served(api.app):
        yield Running({"Authorization": f"Bearer {api.token(None, sub=owner)}"}, session_id)
    cluster.drop_database(name)


@contextmanager
def served(app: FastAPI) -> Iterator[None]:
    """The app behind a real HTTP server, in a thread with an event loop of its own."""
    config = uvicorn.Config(app, host="127.0.0.1", port=PORT, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended while starting"
        time.sleep(0.02)
    yield
    server.should_exit = True
    thread.join()


async def fill(api: Api) -> str:
    """A session with something in each of its tables."""
    ada = api.user()
    api.tenant(owner=ada)
    app = api.another()
    async with app.router.lifespan_context(app), api.client(ada, app) as client:
        session_id = await begin(client)
    async with ControlPlane.open(api.dsn) as run, run.claim(session_id):
        await run.set_status(session_id, "running")
        await run.save_plan(session_id, {"tables": []})
        await run.save_environment(session_id, {"url": "http://env", "ref": "r"})
        await run.save_outputs(
            session_id, {"accessMatrix": {"identities": [], "tables": {}}, "analytics": {}}
        )
        await run.save_cursor(session_id, {"step": "finalize"})
        await run.record_tool_call(session_id, "supabase", "list_tables", {})
        await run.append_event(session_id, "plan_created", "plan")
        await run.fail(session_id, {"code": "x", "message": "broken"})
    alert(api.dsn, session_id, id=ALERT)
    watched(api.dsn, session_id)
    api.sql(
        "insert into drift_requests (session_id, tenant_id, verb, via)"
        " select id, tenant_id, 'check', 'api' from build_sessions",
    )
    analytics.configure(api.home, session_id)
    return session_id


@schema.parametrize()
@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_it_does_as_it_says(case: Any, running: Running) -> None:
    case.call_and_validate(headers=running.headers)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sessions", 200),
        ("GET", "/sessions/{id}", 200),
        ("GET", "/sessions/{id}/events", 200),
        ("GET", "/sessions/{id}/plan", 200),
        ("GET", "/sessions/{id}/access-matrix", 200),
        ("GET", "/sessions/{id}/tool-calls", 200),
        ("GET", "/sessions/{id}/alerts", 200),
        ("GET", "/sessions/{id}/alerts/{alert}", 200),
        ("GET", "/sessions/{id}/drift", 200),
        ("GET", "/sessions/{id}/run", 503),
        ("POST", "/sessions/{id}/analytics/query", 200),
        ("POST", "/sessions/{id}/retry", 202),
        ("POST", "/sessions/{id}/cancel", 202),
        ("GET", "/me", 200),
    ],
)
def test_what_is_there_has_the_declared_shape(running: Running, method: str, path: str, status: int) -> None:
    parameters = {"id": running.session_id} if "{id}" in path else {}
    parameters |= {"alert": ALERT} if "{alert}" in path else {}
    body = {"body": {}, "media_type": "application/json"} if path.endswith("query") else {}
    case = schema[path][method].Case(path_parameters=parameters, **body)
    # The engine is away, and the document says so: 503 is one of its answers.
    allowed = [schemathesis.checks.not_a_server_error] if status == 503 else []
    response = case.call_and_validate(headers=running.headers, excluded_checks=allowed)
    assert response.status_code == status, response.text
