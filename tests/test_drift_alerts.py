"""Alerts in the control plane: opened once, told once, closed when they end; people ask for their own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors

from architect import redaction
from architect.catalog.facts.snapshot import Blind, Fact, Key, Snapshot
from architect.drift.model import Alert, Fix, Resource, Severity
from architect.drift.report import Report, blinded
from architect.errors import CatalogUnreadable, Conflict, InputError, NotFound
from architect.plan.model import Quote
from architect.plan.templates import template
from architect.sentinel import guard
from architect.sentinel.alerts import Closing
from architect.sentinel.asking import asked_for
from architect.sentinel.explain import Explainer, table_of
from architect.sentinel.guard import Look
from architect.sentinel.judging import amended, source_of
from architect.sentinel.reading import catalog_only, passing
from architect.sessions import BuildOptions, ControlPlane, Session
from architect.spec.chunk import Chunk
from architect.spec.embedder import from_settings

BASELINE: dict[str, Any] = {"sha256": "0" * 64, "server_version_num": 180000, "facts": 0}
RLS = Key("table", "public", "orders")
POLICY = Key("policy", "public", "orders.owner")


def alert(key: Key, type: str, severity: str = "critical", *, after: str = "off", sql: str = "") -> Alert:
    fix = Fix(sql=sql, hazards=["AUTHZ_UPDATE"], proven=True, proof=None) if sql else None
    name = hashlib.sha256(f"{type}:{key}:{after}".encode()).hexdigest()[:32]
    resource = Resource(kind=key.kind, schema=key.schema or None, name=key.name)
    return Alert(
        id=name, type=type, severity=Severity(severity), direction="weaker", fix=fix, resource=resource,
        before="on", after=after, reason=f"{key} is {after}.",
    )  # fmt: skip


def look(*alerts: Alert, keys: Mapping[str, frozenset[Key]] | None = None) -> Look:
    empty = Snapshot(180000, {})
    report = Report(alerts, (), datetime.now(UTC), 9, 0.1, keys=keys or {})
    return Look(report, found=empty, token="token")


async def told(cp: ControlPlane, session: Session) -> list[tuple[str, str, str | None]]:
    """Type, resource and how, of what was told of drift."""
    events = await cp.events(session.id)
    return [
        (e.type, e.payload["resource"], e.payload.get("how", e.payload["severity"]))
        for e in events
        if e.type in ("drift_detected", "drift_resolved")
    ]


async def test_an_alert_is_opened_once_brought_up_to_date_and_closed(
    control_plane: ControlPlane, build_session: Session
) -> None:
    cp, session = control_plane, build_session
    off, gone = alert(RLS, "rls_disabled", sql="alter table x"), alert(POLICY, "policy_missing", "high")
    minor = alert(Key("index", "public", "orders.i"), "index_cosmetic", "info")
    first = await guard.keep(cp, session, look(off, gone, minor))
    assert [a.resource for a in first.opened] == [
        "table public.orders",
        "policy public.orders.owner",
        "index public.orders.i",
    ]
    assert first.state.state == "drift"
    assert first.state.token == "token"
    kept = first.open[0]
    assert (kept.severity, kept.before, kept.after, kept.direction) == ("critical", "on", "off", "weaker")
    assert kept.fix is not None
    assert kept.fix["hazards"] == ["AUTHZ_UPDATE"]
    assert kept.restorable
    # Info is kept, and nobody is called because of it.
    resources = [
        ("drift_detected", "table public.orders", "critical"),
        ("drift_detected", "policy public.orders.owner", "high"),
    ]
    assert await told(cp, session) == resources

    again = await guard.keep(cp, session, look(off, gone, minor))
    assert again.opened == again.closed == []
    assert again.open[0].id == kept.id
    assert again.open[0].last_seen_at > kept.last_seen_at
    worse = gone.model_copy(update={"severity": Severity.CRITICAL})
    await guard.keep(cp, session, look(off, worse, minor))
    resources.append(("drift_detected", "policy public.orders.owner", "critical"))
    assert await told(cp, session) == resources, "told again only because it became worse"

    further = alert(RLS, "rls_disabled", after="off and open")
    moved = await guard.keep(cp, session, look(further, minor))
    assert {(a.resource, a.closed_how) for a in moved.closed} == {
        ("table public.orders", "superseded"), ("policy public.orders.owner", "converged")
    }  # fmt: skip
    opened = moved.opened[0]
    closing = Closing("restored", {"via": "cli", "operator": "me"}, frozenset({opened.id}))
    done = await guard.keep(cp, session, look(minor), closing=closing)
    assert [(a.closed_how, a.closed_by) for a in done.closed] == [
        ("restored", {"via": "cli", "operator": "me"})
    ]
    assert done.state.state == "clear", "what is only worth knowing is no drift"
    how = [what for type, _, what in await told(cp, session) if type == "drift_resolved"]
    assert sorted(map(str, how)) == ["converged", "restored", "superseded"]

    # What comes back is another alert.
    back = await guard.keep(cp, session, look(off))
    assert back.opened[0].id != kept.id
    assert back.opened[0].fingerprint == kept.fingerprint
    assert (await cp.alert(session.id, kept.fingerprint or "")).id == back.opened[0].id
    with pytest.raises(NotFound, match="no single alert"):
        await cp.alert(session.id, "nothing")
    await guard.keep(
        cp, session, look(), closing=Closing("accepted", {"via": "cli"}, frozenset({back.opened[0].id}))
    )
    assert (await cp.alert(session.id, back.opened[0].id)).status == "accepted"
    assert len(await cp.alerts(session.id, open_only=False)) == 5


async def test_what_could_not_be_seen_is_never_taken_for_gone(
    control_plane: ControlPlane, build_session: Session
) -> None:
    cp, session = control_plane, build_session
    await guard.keep(cp, session, look(alert(RLS, "rls_disabled")))
    blind = Look(blinded(CatalogUnreadable("The catalog could not be read: connection lost")))
    seen = await guard.keep(cp, session, blind)
    assert [a.type for a in seen.opened] == ["sentinel_blind"]
    assert seen.closed == []
    assert {a.type for a in seen.open} == {"sentinel_blind", "rls_disabled"}
    assert (seen.state.state, seen.state.token) == ("blind", None), "the next look is a full one"
    assert "connection lost" in (seen.state.error or {})["message"]
    well = await guard.keep(cp, session, look(alert(RLS, "rls_disabled")))
    assert [(a.type, a.closed_how) for a in well.closed] == [("sentinel_blind", "converged")]

    # What only a probe sees stays until there is another probe.
    changed = alert(RLS, "access_changed")
    await guard.keep(cp, session, look(changed))
    still = await guard.keep(cp, session, look())
    assert (still.closed, still.state.state) == ([], "drift")
    probed = Look(look().report, found=Snapshot(180000, {}), probed=True)
    assert [a.type for a in (await guard.keep(cp, session, probed)).closed] == ["access_changed"]


async def test_no_secret_gets_into_alerts_or_events(
    control_plane: ControlPlane, build_session: Session
) -> None:
    secret = "hunter2-hunter2-hunter2"
    redaction.register(secret, "password")
    leaky = alert(RLS, "function_changed", after=f"select '{secret}'", sql=f"select '{secret}'")
    kept = (await guard.keep(control_plane, build_session, look(leaky))).opened[0]
    assert secret not in json.dumps(
        [kept.model_dump(mode="json"), [e.payload for e in await control_plane.events(build_session.id)]]
    )
    assert kept.fix is not None
    assert kept.fix["digest"] == guard.digest_of(f"select '{secret}'"), (
        "what would be run is told by its digest"
    )
    assert not kept.restorable, "what is shown incomplete is not run without a second look"


async def test_expectations_are_added_and_never_changed(
    control_plane: ControlPlane, build_session: Session, control_dsn: str
) -> None:
    cp, id = control_plane, build_session.id
    assert await cp.expectation(id) is None
    assert await cp.recorded(id) is None
    for reason in ("built", "accepted"):
        await cp.record_expectation(id, '{"a": 1.0}', reason=reason, **BASELINE)
    newest = await cp.expectation(id)
    assert newest is not None
    assert (newest.version, newest.reason) == (2, "accepted")
    recorded = await cp.recorded(id)
    assert recorded is not None
    assert recorded.baseline == '{"a": 1.0}', "byte for byte"
    with psycopg.connect(control_dsn, autocommit=True) as owner:
        for statement in (
            "update public.drift_expectations set facts = 9",
            "delete from public.drift_expectations",
            "truncate public.drift_expectations",
        ):
            with pytest.raises(errors.RestrictViolation):
                owner.execute(statement)


async def test_whose_turn_it_is(control_plane: ControlPlane, control_dsn: str) -> None:
    async def due(**more: Any) -> dict[str, Any]:
        found = await control_plane.guarded(full_every_s=3600, probe_every_s=more.get("probe"))
        return {one.id: one for one in found}

    made = {}
    with psycopg.connect(control_dsn, autocommit=True) as owner:
        for name, options in (
            ("plain", BuildOptions()), ("slow", BuildOptions(drift_every_minutes=60)),
            ("off", BuildOptions(enable_drift_sentinel=False)), ("deleted", BuildOptions()),
            ("old", BuildOptions()),
        ):  # fmt: skip
            session = await control_plane.create_session(spec_text="Shop.", template="blank", options=options)
            made[name] = session.id
            await control_plane.set_status(session.id, "running")
            await control_plane.save_environment(session.id, {"ref": name})
            await control_plane.set_status(session.id, "succeeded")
            if name != "old":  # one whose build ended before there was a sentinel
                await control_plane.begin_watch(session.id)
        await control_plane.drop_environment(made["deleted"])
        assert set(await due()) == {made["plain"], made["slow"]}
        for id in (made["plain"], made["slow"]):
            session = await control_plane.session(id)
            await guard.keep(control_plane, session, look())
        assert await due() == {}
        owner.execute("update public.drift_states set looked_at = now() - interval '6 minutes'")
        (one,) = (await due()).values()
        assert (one.id, one.full_due, one.probe_due, one.token) == (made["plain"], False, False, "token")
        assert (await due(probe=86_400))[made["plain"]].probe_due, "its behaviour was never compared"
        owner.execute("update public.drift_states set full_at = now() - interval '2 hours'")
        assert (await due())[made["plain"]].full_due
        await control_plane.looked([made["plain"]])
        assert await due() == {}

        # An environment that is gone takes its alerts along.
        session = await control_plane.session(made["deleted"])
        await guard.keep(control_plane, session, look(alert(RLS, "rls_disabled")))
        assert await control_plane.close_gone() == 1
        assert await control_plane.open_alerts() == []
        with pytest.raises(InputError, match="was never recorded"):
            await guard.watched(control_plane, made["old"])
        with pytest.raises(InputError, match="no environment"):
            await guard.watched(control_plane, made["deleted"])


async def test_one_check_at_a_time(control_plane: ControlPlane, build_session: Session) -> None:
    async with control_plane.watch(build_session.id):
        with pytest.raises(Conflict, match="being checked"):
            async with control_plane.watch(build_session.id, patience_s=0.1):
                pass
    async with control_plane.watch(build_session.id, patience_s=0.1):
        pass


async def test_members_ask_for_their_own_tenant_only(control_plane: ControlPlane, control_dsn: str) -> None:
    """Through the one function that there is for it: no table can be written to."""
    users = {name: str(uuid4()) for name in ("member", "viewer", "stranger")}
    tenants = {"here": str(uuid4()), "there": str(uuid4())}
    with psycopg.connect(control_dsn, autocommit=True) as owner:
        for name, id in tenants.items():
            owner.execute("insert into public.tenants (id, name) values (%s, %s)", (id, name))
        for name, id in users.items():
            owner.execute("set role postgres")
            owner.execute("insert into auth.users (id, email) values (%s, %s)", (id, f"{name}@x.t"))
            owner.execute("reset role")
            tenant = tenants["there" if name == "stranger" else "here"]
            role = "viewer" if name == "viewer" else "member"
            owner.execute("insert into public.tenant_members values (%s, %s, %s)", (tenant, id, role))
        session = await control_plane.create_session(
            spec_text="x", template="blank", tenant_id=tenants["here"]
        )
        await control_plane.set_status(session.id, "running")
        kept = await guard.keep(control_plane, session, look(alert(RLS, "rls_disabled")))
        wanted = {"id": session.id, "alerts": [kept.opened[0].id]}

        def ask(name: str, **values: Any) -> list[Any]:
            owner.execute("reset role")
            claims = json.dumps({"sub": users[name], "role": "authenticated"})
            owner.execute("select set_config('request.jwt.claims', %s, false)", (claims,))
            owner.execute("set role authenticated")
            given = {"verb": "restore", "note": " now ", **wanted, **values}
            call = "select id from private.request_drift(%(id)s, %(verb)s, %(alerts)s::uuid[], %(note)s)"
            return owner.execute(call, given).fetchall()

        with pytest.raises(psycopg.DatabaseError, match="no environment to watch"):
            ask("member")
        await control_plane.save_environment(session.id, {"ref": "abc"})
        await control_plane.set_status(session.id, "succeeded")
        assert ask("stranger") == []
        with pytest.raises(errors.InsufficientPrivilege, match="may only look"):
            ask("viewer")
        with pytest.raises(psycopg.DatabaseError, match="no such open alert"):
            ask("member", alerts=[str(uuid4())])
        with pytest.raises(errors.CheckViolation):
            ask("member", verb="drop")
        ((request,),) = ask("member")
        for name, seen in (("member", 1), ("viewer", 1), ("stranger", 0)):
            ask_as(owner, users[name])
            for table in ("drift_requests", "drift_alerts", "drift_states"):
                assert owner.execute(f"select count(*) from public.{table}").fetchone() == (seen,), (
                    name,
                    table,
                )
        with pytest.raises(errors.InsufficientPrivilege):
            owner.execute("select baseline from public.drift_expectations")
        owner.execute("reset role")
    asked = await control_plane.drift_request(str(request))
    assert asked.agreed == {"via": "api", "by": users["member"], "note": "now"}
    assert [r.id for r in await control_plane.left_requests(0)] == [asked.id]
    assert (await control_plane.take_request(asked.id)) is not None
    assert (await control_plane.take_request(asked.id)) is None, "nobody carries it out twice"
    ended = await control_plane.end_request(asked.id, result={"restored": []})
    assert (ended.state, await control_plane.left_requests(0)) == ("done", [])


def ask_as(connection: psycopg.Connection[Any], user: str) -> None:
    connection.execute("reset role")
    claims = json.dumps({"sub": user, "role": "authenticated"})
    connection.execute("select set_config('request.jwt.claims', %s, false)", (claims,))
    connection.execute("set role authenticated")


async def test_an_alert_is_explained_by_the_words_that_asked_for_it(
    control_plane: ControlPlane, build_session: Session
) -> None:
    plan = template("marketplace")
    table = next(t for t in plan.tables if any(p.kind == "owner" for p in t.policies))
    policy = next(p for p in table.policies if p.kind == "owner")
    policy.because = [Quote(chunk_index=1, quote="sees only her own")]
    vectors = [[1.0] + [0.0] * 383, [0.0, 1.0] + [0.0] * 382]
    chunks = [
        Chunk(0, "Listings", "Everybody reads listings."),
        Chunk(1, "Bids", "A bidder sees only her own bids."),
    ]
    await control_plane.save_chunks(build_session.id, chunks, vectors, from_settings().model_id)
    explainer = Explainer(control_plane, build_session.id, asked_for(plan))
    off = alert(Key("table", "public", table.name), "rls_disabled")
    for one in (off, alert(Key("policy", "public", f"{table.name}.{policy.name}"), "policy_missing"),
                alert(Key("grant", "public", f"table {table.name}: anon"), "grant_added")):  # fmt: skip
        said = await explainer.explain(one)
        assert said.spec_chunk_id is not None, one.type
        assert said.spec_chunk is not None, one.type
        assert (said.spec_chunk["how"], said.spec_chunk["quote"]) == ("plan", "sees only her own"), one.type
        assert said.spec_chunk["heading"] == "Bids"
        assert any("belongs to" in who for who in said.people)
    # Nothing in the plan speaks of it: the nearest part of the spec by meaning.
    said = await explainer.explain(alert(Key("role", "", "anon"), "role_escalation"))
    assert said.spec_chunk is not None
    assert said.spec_chunk["how"] == "embedding"
    blind = await explainer.explain(blinded(CatalogUnreadable("x")).alerts[0])
    assert blind.spec_chunk is None


def test_what_an_alert_is_about() -> None:
    for kind, name, table in (
        ("table", "orders", "public.orders"), ("policy", "orders.owner reads", "public.orders"),
        ("column", "orders.total", "public.orders"), ("grant", "table orders: anon", "public.orders"),
        ("grant", "column orders.total: anon", "public.orders"), ("grant", "function f(): anon", None),
        ("role", "anon", None), ("view", "v", "public.v"),
    ):  # fmt: skip
        assert table_of(Resource(kind=kind, schema="public", name=name)) == table


def test_accepting_one_drift_takes_over_nothing_else() -> None:
    def facts(**details: Any) -> dict[Key, Fact]:
        keys = {"orders": RLS, "policy": POLICY, "extra": Key("table", "public", "extra")}
        return {keys[name]: Fact(keys[name], detail) for name, detail in details.items()}

    expected = Snapshot(
        180000, facts(orders={"rls": True}, policy={"using": "a"}), digests={"table": "1", "policy": "1"}
    )
    found = Snapshot(180000, facts(orders={"rls": False}, policy={"using": "b"}, extra={"rls": True}),
                     digests={"table": "2", "policy": "2"})  # fmt: skip
    one = amended(expected, found, frozenset({POLICY}))
    assert one.facts == {RLS: expected.facts[RLS], POLICY: found.facts[POLICY]}
    assert one.digests == {"policy": "2"}, "what still differs is read again"
    gone = amended(found, expected, frozenset({Key("table", "public", "extra"), RLS, POLICY}))
    assert gone.facts == expected.facts
    assert (
        source_of(one)
        != source_of(expected)
        == source_of(Snapshot(180000, dict(reversed(list(expected.facts.items())))))
    )


def test_what_stands_in_no_catalog_is_kept_apart() -> None:
    function, setting = Key("edge_function", "", "f"), Key("auth_setting", "", "disable_signup")
    whole = Snapshot(180000, {k: Fact(k, {}) for k in (RLS, function, setting)},
                     blind=(Blind("Auth settings", "403"), Blind("rows of cron.job", "hidden")))  # fmt: skip
    assert set(catalog_only(whole).facts) == {RLS}
    assert [spot.what for spot in catalog_only(whole).blind] == ["rows of cron.job"]
    for key, comes_and_goes in (
        (Key("role", "", "cli_login_abc_1"), True), (Key("membership", "", "cli_login_abc_1.postgres"), True),
        (Key("grant", "", "database this database: cli_login_abc_1"), True), (Key("role", "", "anon"), False),
        (Key("grant", "public", "table cli_login_x: anon"), False),
        (Key("table", "public", "cli_login_x"), False),
    ):  # fmt: skip
        assert passing(key) is comes_and_goes, key
