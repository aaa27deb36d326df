"""Policies: what the plan grants, as one permissive policy per table, command and audience.

Postgres joins permissive policies of a role and command by OR and evaluates them all (advisor lint 0006),
so the plan's policies become the arms of one. A command that anon may do gets one ``to anon, authenticated``
when both see the same rows, else one for each. Names are ``<table>_<command>`` and
``<table>_<command>_anon``; the policy's comment lists the plan's policies it unites.

A table that is for the service alone says so too: one restrictive policy ``<table>_service_only`` refuses
anon and authenticated every row. The service role bypasses row level security.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from architect.plan.lookup import column_of
from architect.plan.model import (
    AuthenticatedRead,
    Command,
    InsertSelf,
    Owner,
    Plan,
    Policy,
    PublicRead,
    ServiceOnly,
    Staff,
    Table,
    Tenant,
)
from architect.plan.names import fit
from architect.render.helpers import Helpers
from architect.render.migration import Created, Migration, Script
from architect.render.text import TYPES, fill, table_name, typed
from architect.sql import quote_identifier, quote_literal

#: A row anybody may have.
EVERY_ROW = "true"


@dataclass(frozen=True, slots=True)
class RenderedPolicy:
    name: str
    table: str
    command: Command
    roles: tuple[str, ...]
    #: The condition: a row passes when one arm does.
    arms: tuple[str, ...]
    #: Names of the plan's policies.
    sources: tuple[str, ...]

    def sql(self) -> str:
        condition = "\n    or ".join(self.arms)
        using = "" if self.command is Command.INSERT else f"\n  using ({condition})"
        writes = self.command in (Command.INSERT, Command.UPDATE)
        return fill(
            "create_policy",
            name=quote_identifier(self.name),
            table=table_name(self.table),
            command=self.command.value,
            roles=", ".join(self.roles),
            using=using,
            check=f"\n  with check ({condition})" if writes else "",
        )


def policies(plan: Plan, helpers: Helpers) -> Migration | None:
    """The migration with every policy, in the order of the plan's tables and of :class:`Command`; None when
    there is no table."""
    script = Script()
    for table in plan.tables:
        if all(isinstance(p, ServiceOnly) for p in table.policies):
            name = fit(f"{table.name}_service_only")
            sql = fill("close_table", name=quote_identifier(name), table=table_name(table.name))
            _add(script, table, name, sql, tuple(p.name for p in table.policies))
        for command in Command:
            for policy in _of_command(table, command, helpers):
                _add(script, table, policy.name, policy.sql(), policy.sources)
    return script.migration("add_policies", "policies") if script.statements else None


def _add(script: Script, table: Table, name: str, sql: str, sources: tuple[str, ...]) -> None:
    script.add(sql, Created("policy", name, table.name, sources))
    text = quote_literal(f"Plan: {', '.join(sources)}").strip()
    target = {"name": quote_identifier(name), "table": table_name(table.name)}
    script.add(fill("comment_policy", text=text, **target))


def _of_command(table: Table, command: Command, helpers: Helpers) -> Iterator[RenderedPolicy]:
    granting = [p for p in table.policies if command in p.commands and not isinstance(p, ServiceOnly)]
    for_all = [p for p in granting if "anon" in p.roles]
    anon, signed_in = _arms(table, for_all, helpers), _arms(table, granting, helpers)
    name = f"{table.name}_{command.value}"
    if anon and anon == signed_in:
        yield _policy(name, table, command, ("anon", "authenticated"), anon, granting)
        return
    if anon:
        yield _policy(f"{name}_anon", table, command, ("anon",), anon, for_all)
    if signed_in:
        yield _policy(name, table, command, ("authenticated",), signed_in, granting)


def _policy(
    name: str,
    table: Table,
    command: Command,
    roles: tuple[str, ...],
    arms: tuple[str, ...],
    sources: Sequence[Policy],
) -> RenderedPolicy:
    return RenderedPolicy(fit(name), table.name, command, roles, arms, tuple(p.name for p in sources))


def _arms(table: Table, granting: Sequence[Policy], helpers: Helpers) -> tuple[str, ...]:
    arms = tuple(dict.fromkeys(_arm(table, p, helpers) for p in granting))
    return (EVERY_ROW,) if EVERY_ROW in arms else arms


def _arm(table: Table, policy: Policy, helpers: Helpers) -> str:
    """The condition on a row, with all about the caller in a sub-select: computed once per statement."""
    if isinstance(policy, (PublicRead, AuthenticatedRead)):
        if policy.where is None:
            return EVERY_ROW
        column = column_of(table, policy.where.column)
        return f"{quote_identifier(column.name)} = {typed(policy.where.value, column.type)}"
    if isinstance(policy, (Owner, InsertSelf)):
        return f"{quote_identifier(policy.column)} = (select auth.uid())"
    if isinstance(policy, Tenant):
        kind = TYPES[column_of(table, policy.column).type]
        claim = f"auth.jwt() -> 'app_metadata' ->> {quote_literal(policy.claim)}"
        return f"{quote_identifier(policy.column)} = (select ({claim})::{kind})"
    if isinstance(policy, Staff):
        return f"(select {helpers.of(policy).qualified}())"
    if isinstance(policy, ServiceOnly):
        raise ValueError("service_only grants nothing")
    # An array from an init plan can use the index on the column; `in (select f())` cannot.
    return f"{quote_identifier(policy.column)} = any (array(select {helpers.of(policy).qualified}()))"
