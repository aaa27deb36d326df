"""Policies, grants, owners and roles."""

from __future__ import annotations

import random
from typing import Any

from tests.drift.steps.pick import Connection, one

COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}


def _policy(connection: Connection, choice: random.Random) -> dict[str, Any]:
    names = ("oid", "name", "table", "command", "permissive", "roles", "using", "check")
    found = one(
        connection,
        choice,
        """select p.oid, quote_ident(polname), format('%I.%I', nspname, relname), polcmd::text, polpermissive,
          (select array_agg(case r when 0 then 'public' else quote_ident(pg_get_userbyid(r)) end)
           from unnest(polroles) r),
          pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
        from pg_policy p join pg_class c on c.oid = polrelid join pg_namespace n on n.oid = relnamespace""",
    )
    return dict(zip(names, found, strict=True))


def _created(policy: dict[str, Any], choice: random.Random) -> str:
    roles = choice.sample(policy["roles"], len(policy["roles"]))
    text = (
        f"create policy {policy['name']} on {policy['table']}"
        f" as {'permissive' if policy['permissive'] else 'restrictive'}"
        f" for {COMMANDS[policy['command']]} to {', '.join(roles)}"
    )
    text += f" using ({policy['using']})" if policy["using"] else ""
    return text + (f" with check ({policy['check']})" if policy["check"] else "")


def policy_created_again(connection: Connection, choice: random.Random) -> str:
    policy = _policy(connection, choice)
    return f"drop policy {policy['name']} on {policy['table']}; {_created(policy, choice)}"


def policy_altered_to_itself(connection: Connection, choice: random.Random) -> str:
    policy = _policy(connection, choice)
    roles = choice.sample(policy["roles"], len(policy["roles"])) + choice.sample(policy["roles"], 1)
    text = f"alter policy {policy['name']} on {policy['table']} to {', '.join(roles)}"
    text += f" using (({policy['using']}))" if policy["using"] else ""
    return text + (f" with check (({policy['check']}))" if policy["check"] else "")


def policy_in_brackets(connection: Connection, choice: random.Random) -> str:
    policy = _policy(connection, choice)
    using, check = policy["using"], policy["check"]
    spoken = f"using (({using}) and true)" if using else f"with check ({check})"
    return f"alter policy {policy['name']} on {policy['table']} {spoken}"


def policy_away_and_back(connection: Connection, choice: random.Random) -> str:
    policy = _policy(connection, choice)
    name, table = policy["name"], policy["table"]
    return f"alter policy {name} on {table} rename to zz; alter policy zz on {table} rename to {name}"


def rls_off_and_on(connection: Connection, choice: random.Random) -> str:
    (table,) = one(connection, choice, "select oid::regclass::text from pg_class where relrowsecurity")
    off, on = ("disable", "enable") if choice.random() < 0.5 else ("force", "no force")
    (forced,) = one(
        connection, choice, f"select relforcerowsecurity from pg_class where oid = '{table}'::regclass"
    )
    if off == "force" and forced:
        off, on = on, off
    return f"alter table {table} {off} row level security; alter table {table} {on} row level security"


def granted_again(connection: Connection, choice: random.Random) -> str:
    return _granted(connection, choice, take=False)


def revoked_and_granted(connection: Connection, choice: random.Random) -> str:
    return _granted(connection, choice, take=True)


def _granted(connection: Connection, choice: random.Random, *, take: bool) -> str:
    table, role, names = one(
        connection,
        choice,
        """select c.oid::regclass::text, quote_ident(pg_get_userbyid(a.grantee)),
          array_agg(lower(a.privilege_type) order by 1)
        from pg_class c join pg_namespace n on n.oid = relnamespace, aclexplode(relacl) a
        where relkind in ('r', 'p', 'v') and a.grantee not in (0, relowner)
          and nspname in ('public', 'storage')
          and not a.is_grantable group by 1, 2""",
    )
    mixed = choice.sample(names, len(names))
    grants = [f"grant {', '.join(part)} on {table} to {role}" for part in (mixed[::2], mixed[1::2]) if part]
    away = [f"revoke {mixed[0]} on {table} from {role}"] if take else []
    return "; ".join([*away, *choice.sample(grants, len(grants))])


def granted_for_a_moment(connection: Connection, choice: random.Random) -> str:
    (table,) = one(connection, choice, "select oid::regclass::text from pg_class where relname = 'secrets'")
    return f"grant all on {table} to anon, public; revoke all on {table} from anon, public"


def column_grant_for_a_moment(connection: Connection, choice: random.Random) -> str:
    return (
        "grant select (body), update (title) on public.documents to anon;"
        " revoke update (title), select (body) on public.documents from anon"
    )


def owner_away_and_back(connection: Connection, choice: random.Random) -> str:
    table = choice.choice(("public.orgs", "public.tasks", "public.invoices", "private.secrets"))
    return f"alter table {table} owner to app_owner; alter table {table} owner to current_user"


def role_as_it_is(connection: Connection, choice: random.Random) -> str:
    return choice.choice(
        (
            "alter role anon nologin nosuperuser nobypassrls",
            "grant anon, authenticated to authenticator",
            "alter role authenticator set statement_timeout = '8s'",
            "create role va_zz; grant anon to va_zz; drop role va_zz",
        )
    )
