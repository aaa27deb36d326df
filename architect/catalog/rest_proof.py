"""The second, independent proof: what anonymous and signed-in callers get through REST and Auth.

Two users sign up through Auth. For every table a row of the first one is written, by herself where the plan
promises it and by the service where not; then the anonymous caller and the second user try to read, change,
delete and forge it. Afterwards the rows and the users are gone.
"""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
from supabase_auth.errors import AuthError

from architect.catalog.attempts import FRESH, Attempts
from architect.catalog.promise import Promise
from architect.catalog.rest_client import Caller, Check, Outcome, each, sign_up
from architect.catalog.shape import Row, Values
from architect.catalog.values import possible, value
from architect.catalog.world import World
from architect.errors import AccessMismatch, ProvisionError
from architect.plan.model import Command, CreatorMembership, Plan, Table
from architect.redaction import register
from architect.sql import query, quote_literal

#: Who tries to get at the first user's rows.
STRANGERS = ("anon", "other")
_VERBS = {Command.UPDATE: "change", Command.DELETE: "delete"}


def prove(
    plan: Plan,
    *,
    url: str,
    publishable_key: str,
    secret_key: str | None = None,
    remove_users: Callable[[list[str]], object] | None = None,
) -> dict[str, Any]:
    """Prove the environment at ``url``; answers ``{"ok", "users", "checks": [...], "skipped", "ms"}``.

    Without ``secret_key`` nothing could be cleaned up, so nothing is written: only what the anonymous caller
    sees is checked. ``remove_users`` deletes users by id (see :func:`remove_users_sql`) where Auth has no
    admin API for it. Raises :class:`AccessMismatch` naming the first failed check, and
    :class:`ProvisionError` when REST or Auth do not answer or something stayed behind.
    """
    started = time.monotonic()
    register(secret_key, "secret-key")
    anon = Caller(url, publishable_key)
    proof = _Proof(plan, remove_users)
    try:
        proof.closed_to_strangers(anon)
        if secret_key is not None:
            service = Caller(url, secret_key)
            try:
                _with_users(proof, anon, service, publishable_key)
            finally:
                service.close()
    finally:
        anon.close()
    proof.ensure()
    return {
        "ok": True,
        "users": len(proof.users),
        "checks": [c.to_json() for c in proof.checks],
        "skipped": proof.skipped,
        "ms": round((time.monotonic() - started) * 1000),
    }


def remove_users_sql(users: list[str]) -> str:
    """What ``execute_sql`` takes to delete the users of a proof, given by id or by address."""
    addresses = [user for user in users if "@" in user]
    ids = [f"{uuid.UUID(user)}" for user in users if user not in addresses]
    sql = query("catalog_probe", "remove_users")
    for name, values in (("{ids}", ids), ("{addresses}", addresses)):
        sql = sql.replace(name, ", ".join(quote_literal(value).strip() for value in values) or "null")
    return sql


def _with_users(proof: _Proof, anon: Caller, service: Caller, key: str) -> None:
    callers: dict[str, Caller] = {"anon": anon}

    def sign_up_as(name: str) -> None:
        callers[name] = sign_up(anon.url, key, name, service, proof.users)

    try:
        each(sign_up_as, [(name,) for name in proof.needed_users()])
        proof.write_rows(callers["owner"], service)
        for who in (*STRANGERS, "owner"):
            proof.read_rows(who, callers[who])
        proof.attack_rows(callers, service)
        proof.forge_rows(callers["other"])
    finally:
        for name in [n for n in callers if n != "anon"]:
            callers[name].close()
        proof.clean_up(service)


class _Proof:
    """The state of one run: checks so far, and the rows and users to take away again."""

    def __init__(self, plan: Plan, remove_users: Callable[[list[str]], object] | None) -> None:
        self.plan = plan
        self._remove_users = remove_users
        self.planned = World(plan)
        self.checks: list[Check] = []
        #: Tables no row could be written to, with the reason.
        self.skipped: dict[str, str] = {}
        self.users: dict[str, str] = {}
        self.left: list[str] = []
        self.world = self.planned
        self._written: list[tuple[Table, Values]] = []

    def closed_to_strangers(self, anon: Caller) -> None:
        """As anon every table answers what the plan lets everybody see: nothing, or a denial, otherwise."""
        identity, promise = self.planned.identity("anon"), Promise(self.planned)
        outcomes = each(anon.select, [(table,) for table in self.plan.tables])
        for table, outcome in zip(self.plan.tables, outcomes, strict=True):
            if promise.privilege(table, identity, Command.SELECT):
                self._note(table, "anon", "ask for rows of", True, not outcome.refused, outcome)
            else:
                self._note(table, "anon", "read rows of", False, bool(outcome.rows), outcome)

    def needed_users(self) -> list[str]:
        """The owner and the other one, and whoever else the first rows name (staff, for one)."""
        named = {v for rows in self.planned.rows.values() for r in rows[:1] for v in r.values.values()}
        further = [
            n for n, user in self.planned.users.items() if user in named and n not in ("owner", "other")
        ]
        return ["owner", "other", *further]

    def write_rows(self, owner: Caller, service: Caller) -> None:
        """The first row of every table, by the owner herself wherever the plan promises that she may."""
        full = World(self.plan, self.users)
        self.world = copy.copy(full)
        # A fresh user's token carries no claim of a tenant.
        self.world.identities = tuple(replace(i, app_metadata={}, user_metadata={}) for i in full.identities)
        self.world.rows = {t.id: [] for t in self.plan.tables}
        tables = {t.id: t for t in self.plan.tables}
        for group in full.groups:
            for table in (tables[table_id] for table_id in group):
                if len(group) > 1:
                    self.skipped[table.name] = "it references itself in a circle, which REST cannot fill"
                elif not full.rows[table.id] or self._dangling(table, full.rows[table.id][0]):
                    self.skipped[table.name] = "a row it references was not written"
                elif not self.world.rows[table.id]:
                    self._write(table, full.rows[table.id][0], owner, service)

    def _dangling(self, table: Table, row: Row) -> bool:
        """Whether ``row`` references a row that is not there."""
        return any(
            key.table in self.world.rows
            and key.table != table.id
            and None not in (wanted := [row.values[c] for c in key.columns])
            and all(wanted != [r.values[c] for c in key.references] for r in self.world.rows[key.table])
            for key in table.foreign_keys
        )

    def _write(self, table: Table, row: Row, owner: Caller, service: Caller) -> None:
        identity = self.world.identity("owner")
        promised = Promise(self.world).passes(table, identity, Command.INSERT, row.values)
        outcome = self._insert(owner, table, row.values)
        self._note(table, "owner", "insert her row into", promised, not outcome.refused, outcome)
        if outcome.refused:
            outcome = self._insert(service, table, row.values)
        if outcome.refused:
            raise ProvisionError(f"The service could not write to {table.name}: {outcome}.")
        self.world.rows[table.id].append(row)
        for trigger in table.triggers:
            if isinstance(trigger, CreatorMembership):
                self._joined(trigger, table, row, service)

    def _joined(self, trigger: CreatorMembership, table: Table, row: Row, service: Caller) -> None:
        """Take over the membership that the trigger made for the creator."""
        via = self.plan.table(trigger.via)
        if via is None:
            return
        found = (
            service.client.table(via.name).select("*").eq(trigger.user_column, self.users["owner"]).execute()
        )
        for made in found.data:
            if not isinstance(made, dict):
                continue
            values = {c.name: None if made[c.name] is None else str(made[c.name]) for c in via.columns}
            self._written.append((via, values))
            self.world.rows[via.id].append(Row(via.id, "joined", values))

    def read_rows(self, who: str, caller: Caller) -> None:
        """What ``who`` sees of the owner's rows."""
        promise, identity = Promise(self.world), self.world.identity(who)
        outcomes = each(lambda table, row: caller.select(table, row.values), self._rows())
        for (table, row), outcome in zip(self._rows(), outcomes, strict=True):
            promised = promise.passes(table, identity, Command.SELECT, row.values)
            self._note(table, who, "read the owner's row of", promised, bool(outcome.rows), outcome)

    def attack_rows(self, callers: dict[str, Caller], service: Caller) -> None:
        """Change and delete the owner's rows as each stranger, wherever the plan does not allow it."""
        rows = self._rows()
        before = each(lambda table, row: service.select(table, row.values).rows, rows)
        attacks = each(lambda table, row: self._attack(table, row, callers), rows)
        after = each(lambda table, row: service.select(table, row.values).rows, rows)
        for was, now, tried in zip(before, after, attacks, strict=True):
            for table, who, command, outcome in tried:
                harmed = was != now and (bool(now) if command is Command.UPDATE else not now)
                # A foreign key that stops a delete is checked after the policies have let it through.
                passed = outcome.constrained or (harmed and not outcome.refused)
                self._note(table, who, f"{_VERBS[command]} the owner's row of", False, passed, outcome)

    def _attack(
        self, table: Table, row: Row, callers: dict[str, Caller]
    ) -> list[tuple[Table, str, Command, Outcome]]:
        """Updates by all strangers, then deletes: a row that is gone could not be changed any more."""
        promise = Promise(self.world)
        linked = {c for key in table.foreign_keys for c in key.columns} | set(table.primary_key)
        free = next((c for c in table.columns if c.name not in linked and possible(c)), None)
        tried: list[tuple[Table, str, Command, Outcome]] = []
        for command in (Command.UPDATE, Command.DELETE):
            for who in STRANGERS:
                if promise.passes(table, self.world.identity(who), command, row.values):
                    continue
                if command is Command.DELETE:
                    tried.append((table, who, command, callers[who].delete(table, row.values)))
                elif free is not None:
                    changes: Values = {free.name: value(table, free, FRESH + 1)}
                    tried.append((table, who, command, callers[who].update(table, row.values, changes)))
        return tried

    def forge_rows(self, other: Caller) -> None:
        """Insert rows in the owner's name as the other user, wherever the plan does not allow it."""
        attempts, identity = Attempts(self.world), self.world.identity("other")
        forged = [
            (table, values) for table, _ in self._rows() if (values := attempts.base(table)) is not None
        ]
        for table, values in forged:
            if attempts.promise.passes(table, identity, Command.INSERT, values):
                continue
            outcome = self._insert(other, table, values)
            passed = outcome.constrained or not outcome.refused
            self._note(table, "other", "insert a row in the owner's name into", False, passed, outcome)

    def _insert(self, caller: Caller, table: Table, values: Values) -> Outcome:
        # Noted before it is sent, so that a lost answer does not leave the row behind.
        self._written.append((table, values))
        outcome = caller.insert(table, values)
        if outcome.refused:
            self._written.pop()
        return outcome

    def clean_up(self, service: Caller) -> None:
        """Take away every row and user of this run; what stays is listed in ``left``."""
        for table, values in reversed(self._written):
            try:
                outcome = service.delete(table, values)
            except ProvisionError as error:
                self.left.append(f"a row of {table.name} ({error.message})")
                continue
            if outcome.refused:
                self.left.append(f"a row of {table.name} ({outcome})")
        if self._remove_users is not None:
            self._remove_users(sorted(self.users.values()))
            return
        for name, user in self.users.items():
            try:
                service.client.auth.admin.delete_user(user)
            except (AuthError, httpx.HTTPError) as error:
                self.left.append(f"the user {name} ({error})")

    def ensure(self) -> None:
        """Raise for the first failed check, then for what stayed behind."""
        failed = [c for c in self.checks if not c.ok]
        if failed:
            raise AccessMismatch(
                f"The REST proof failed: {failed[0]}.", failed=[c.to_json() for c in failed], left=self.left
            )
        if self.left:
            raise ProvisionError(f"The REST proof left something behind: {'; '.join(self.left)}.")

    def _rows(self) -> list[tuple[Table, Row]]:
        return [(t, self.world.rows[t.id][0]) for t in self.plan.tables if self.world.rows[t.id]]

    def _note(
        self, table: Table, who: str, what: str, promised: bool, observed: bool, outcome: Outcome
    ) -> None:
        self.checks.append(Check(table.name, who, what, promised, observed, str(outcome)))
