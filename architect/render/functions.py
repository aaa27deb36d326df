"""Functions: helpers of policies, triggers, and the catalog fingerprint that ``drift_check`` returns."""

from __future__ import annotations

from architect.plan.lookup import foreign_key_of, table_of
from architect.plan.model import CreatorMembership, Plan, Table, TouchUpdatedAt
from architect.plan.names import fit
from architect.render.helpers import Helpers
from architect.render.migration import Created, Migration, Script
from architect.render.text import NameBook, column_list, dollar_quoted, fill, table_name
from architect.sql import quote_identifier, quote_literal


def functions(plan: Plan, helpers: Helpers, names: NameBook) -> Migration:
    """The migration that creates the schema ``private``, what is in it, the triggers and the fingerprint."""
    from architect.catalog.fingerprint import function_sql

    script = Script()
    script.add(fill("create_private_schema"))
    if list(helpers):
        script.add(fill("grant_private_schema"))
    for helper in helpers:
        script.add(helper.sql(), Created("function", f"private.{helper.name}"))
    touches: dict[str, str] = {}
    for table in plan.tables:
        for trigger in table.triggers:
            if isinstance(trigger, TouchUpdatedAt):
                _touch(script, table, trigger, touches, names)
            else:
                _creator(script, plan, table, trigger, names)
    script.add(function_sql().strip(), Created("function", "public.catalog_fingerprint"))
    return script.migration("add_functions", "functions")


def _touch(
    script: Script, table: Table, trigger: TouchUpdatedAt, made: dict[str, str], names: NameBook
) -> None:
    if trigger.column not in made:
        name = made[trigger.column] = names.give(f"touch_{trigger.column}")
        body = fill("touch_body", column=quote_identifier(trigger.column))
        script.add(_trigger_function(name, body, "security invoker"), Created("function", f"private.{name}"))
    _trigger(script, table, f"touch_{trigger.column}", "before update", made[trigger.column])


def _creator(script: Script, plan: Plan, table: Table, trigger: CreatorMembership, names: NameBook) -> None:
    via = table_of(plan, trigger.via)
    link = foreign_key_of(via, trigger.tenant_column)
    key = link.references[0] if link else table.primary_key[0]
    columns, values = [trigger.tenant_column, trigger.user_column], [f"new.{quote_identifier(key)}"]
    values.append(f"new.{quote_identifier(trigger.creator_column)}")
    if trigger.role_column is not None and trigger.role is not None:
        columns.append(trigger.role_column)
        values.append(quote_literal(trigger.role).strip())
    body = fill(
        "creator_body",
        creator=quote_identifier(trigger.creator_column),
        via=table_name(via.name),
        columns=column_list(columns),
        values=", ".join(values),
    )
    name = names.give(f"{table.name}_creator_joins")
    # Its owner may write to the membership table, the creator may not: that is the point of the definer.
    script.add(
        _trigger_function(name, body, "security definer"), Created("function", f"private.{name}", table.name)
    )
    _trigger(script, table, f"creator_joins_{via.name}", "after insert", name)


def _trigger_function(name: str, body: str, security: str) -> str:
    return fill(
        "create_trigger_function",
        name=quote_identifier("private", name),
        security=security,
        body=dollar_quoted(body),
    )


def _trigger(script: Script, table: Table, wish: str, moment: str, function: str) -> None:
    name = fit(wish)
    sql = fill(
        "create_trigger",
        name=quote_identifier(name),
        moment=moment,
        table=table_name(table.name),
        function=quote_identifier("private", function),
    )
    script.add(sql, Created("trigger", name, table.name))
