"""The policies on ``realtime.messages`` decide who listens and who sends; asking leaves nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from architect.embedded.realtime.authorization import Access, Authorizer, Caller
from architect.embedded.realtime.database import DatabaseUnavailable, RealtimeDatabase
from tests.fixtures.cluster import Database

ALICE, BOB = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
POLICIES = f"""
create policy "listen" on realtime.messages for select to authenticated using (
  (extension = 'broadcast' and realtime.topic() in ('both', 'hear'))
  or (extension = 'presence' and realtime.topic() in ('both', 'see'))
  or (realtime.topic() = 'alice' and auth.uid() = '{ALICE}' and auth.role() = 'authenticated'
      and (select auth.jwt()) ->> 'email' = 'alice@example.com')
  or (realtime.topic() = 'headers' and current_setting('request.headers')::jsonb ->> 'x-room' = 'red')
  or topic = 'by the row');
create policy "send" on realtime.messages for insert to authenticated with check (
  (extension = 'broadcast' and realtime.topic() in ('both', 'speak'))
  or (extension = 'presence' and realtime.topic() in ('both', 'show')));
create function public.fails() returns boolean language plpgsql as $$ begin raise 'no'; end $$;
create function public.waits() returns boolean language sql as 'select pg_sleep(20) is null';
create policy "faulty" on realtime.messages for all to authenticated using (
  case realtime.topic() when 'fails' then public.fails() when 'waits' then public.waits() end);
"""


@pytest.fixture
async def store(database: Database) -> AsyncIterator[RealtimeDatabase]:
    with database.connect() as owner:
        owner.execute(POLICIES)
    store = RealtimeDatabase(database.dsn())
    await store.open()
    yield store
    await store.close()


def user(subject: str = BOB, **claims: Any) -> Caller:
    return Caller("authenticated", {"sub": subject, "role": "authenticated", "exp": 2**31, **claims})


async def test_policies_are_asked_as_the_caller(store: RealtimeDatabase, database: Database) -> None:
    ask = Authorizer(store)
    both, none = Access(True, True), Access()
    hear, see = Access(broadcast=True), Access(presence=True)
    for topic, read, write in [
        ("both", both, both),
        ("hear", hear, none),
        ("see", see, none),
        ("speak", none, hear),
        ("show", none, see),
        ("by the row", both, none),
        ("nobody's", none, none),
        ("", none, none),
    ]:
        assert await ask.read(topic, user()) == read, topic
        assert await ask.write(topic, user()) == write, topic
    assert await ask.read("both", user(), presence=False) == hear
    assert await ask.write("both", user(), presence=False) == hear

    assert await ask.read("alice", user(ALICE, email="alice@example.com")) == both
    assert await ask.read("alice", user(ALICE, email="else@example.com")) == none
    assert await ask.read("alice", user(email="alice@example.com")) == none
    red = Caller("authenticated", {}, {"x-room": "red"})
    assert (await ask.read("headers", red), await ask.read("headers", user())) == (both, none)

    assert await ask.read("both", Caller("anon", {"role": "anon"})) == none
    assert await ask.write("both", Caller("anon", {"role": "anon"})) == none
    service = Caller("service_role", {"role": "service_role"})
    assert (await ask.read("any", service), await ask.write("any", service)) == (both, both)

    with database.connect() as owner:
        assert owner.execute("select count(*) from realtime.messages").fetchone() == (0,)
    async with store.connection() as conn:
        left = "select current_user, current_setting('request.jwt.claims', true), realtime.topic()"
        assert await (await conn.execute(left)).fetchone() == ("postgres", "", None)


@pytest.mark.parametrize(
    "role", ["none", "nobody_here", "supabase_admin", "pg_read_all_data", "", "a\x00b", "\ud800"]
)
async def test_no_role_but_those_of_the_api(store: RealtimeDatabase, role: str) -> None:
    caller = Caller(role, {"role": role, "sub": ALICE})
    assert await Authorizer(store).read("both", caller) == Access()
    assert await Authorizer(store).write("both", caller) == Access()


async def test_what_a_database_cannot_hold_is_denied(store: RealtimeDatabase) -> None:
    ask = Authorizer(store)
    for topic in ("a\x00b", "\ud800", "x" * 100_000, "'; drop table realtime.messages; --"):
        assert await ask.read(topic, user()) == Access()
        assert await ask.write(topic, user()) == Access()
    odd = user(sub={"not": "text"}, text="\x00\ud800", number=1e300)
    assert await ask.read("both", odd) == Access(True, True)


async def test_a_policy_that_fails_denies_and_one_that_waits_is_given_up(
    store: RealtimeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("architect.embedded.realtime.database.STATEMENT_TIMEOUT_MS", 300)
    await store.close()
    await store.open()
    told: list[str] = []
    ask = Authorizer(store, told.append)
    assert await ask.read("fails", user()) == Access()
    assert await ask.write("fails", user()) == Access()
    assert told == ["RlsPolicyError: no"] * 2
    with pytest.raises(DatabaseUnavailable):
        await ask.read("waits", user())
    assert await ask.read("both", user()) == Access(True, True)


async def test_who_writes_a_policy_cannot_become_more_by_it(
    store: RealtimeDatabase, database: Database
) -> None:
    with database.connect() as owner:
        owner.execute(
            """
            create function public.climb() returns boolean language plpgsql as $$
            begin
              execute 'set local role supabase_admin';
              return true;
            end $$;
            create policy "climb" on realtime.messages for select to anon using (public.climb());
            create function public.climb_by_default() returns trigger language plpgsql as $$
            begin
              execute 'alter role postgres superuser';
              return new;
            end $$;
            """
        )
        assert await Authorizer(store).read("both", Caller("anon", {"role": "anon"})) == Access()
        owner.execute(
            "create trigger climb before insert on realtime.messages for each row "
            "execute function public.climb_by_default()"
        )
        assert await Authorizer(store).read("both", user()) == Access()
        assert owner.execute("select rolsuper from pg_roles where rolname = 'postgres'").fetchone() == (
            False,
        )


async def test_a_database_that_is_away_says_so(
    store: RealtimeDatabase, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Authorizer(store)
    assert await ask.read("both", user()) == Access(True, True)
    with database.connect("supabase_admin") as admin:
        terminate = (
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'realtime'"
        )
        admin.execute(terminate + " and datname = %s", (database.name,))
        # The broken connection is noticed before it is used.
        assert await ask.read("both", user()) == Access(True, True)
    await store.close()
    with pytest.raises(DatabaseUnavailable):
        await ask.read("both", user())
    monkeypatch.setattr("architect.embedded.realtime.database.TIMEOUT_S", 0.5)
    gone = RealtimeDatabase(database.dsn().replace(database.name, "not_there"))
    await gone.open()
    with pytest.raises(DatabaseUnavailable):
        await Authorizer(gone).write("both", user())
    with pytest.raises(DatabaseUnavailable):
        await gone.connect()
    await gone.close()
