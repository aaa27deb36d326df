"""Parts of a plan in words: checks, policies, and who is meant by them."""

from __future__ import annotations

from typing import Any

from architect.plan.model import Check, Column, Command, Default, Plan, PlannerRecord, Policy, Table
from architect.plan.show.fallback import why

VERBS = {Command.SELECT: "read", Command.INSERT: "add", Command.UPDATE: "change", Command.DELETE: "delete"}

#: What makes the planner ask a language model.
MODEL_SETTINGS = "ARCHITECT_PLANNER_MODEL=openai:gpt-5-mini ARCHITECT_PLANNER_API_KEY=..."


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 table``, ``3 tables``, ``2 policies``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def check_words(check: Check) -> str:
    """A check in words: ``one of draft, sold``, ``from 1 to 5``."""
    if check.kind == "one_of":
        return f"one of {', '.join(check.values)}"
    if check.kind == "max_length":
        return f"at most {check.value} characters"
    if check.kind == "not_blank":
        return "not blank"
    low = (
        f"{'more than' if check.exclusive_min else 'at least'} {check.min:g}" if check.min is not None else ""
    )
    high = f"at most {check.max:g}" if check.max is not None else ""
    return " and ".join(part for part in (low, high) if part)


def column_words(table: Table, column: Column, plan: Plan) -> str:
    """A column in a few words: its name, and what it refers to."""
    for key in table.foreign_keys:
        if key.columns == [column.name]:
            return f"{column.name} → {table_name(plan, key.table)}"
    return column.name


def policy_words(policy: Policy, plan: Plan) -> str:
    """Who may do what, in one line: ``members (admin) may read and change``."""
    if policy.kind == "service_only":
        return "nobody but the service"
    commands = list(policy.commands)
    verbs = [VERBS[Command(c)] for c in commands]
    done = verbs[0] if len(verbs) == 1 else f"{', '.join(verbs[:-1])} and {verbs[-1]}"
    return f"{_who(policy, plan)} may {done}{_rows(policy)}"


def audience_words(policy: Policy, plan: Plan) -> str:
    """Whom a policy lets in: ``anyone (rows where status is active)``."""
    rows = _rows(policy)
    return f"{_who(policy, plan)} (rows{rows})" if rows else _who(policy, plan)


def default_words(default: Default | None) -> str:
    """A default in a word or two."""
    if default is None:
        return "none"
    return _value(default.value) if default.kind == "literal" else default.kind.replace("_", " ")


def _rows(policy: Policy) -> str:
    if policy.kind in ("public_read", "authenticated_read") and policy.where is not None:
        return f" where {policy.where.column} is {_value(policy.where.value)}"
    return ""


def _value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _who(policy: Policy, plan: Plan) -> str:
    if policy.kind == "public_read":
        return "anyone"
    if policy.kind == "authenticated_read":
        return "every signed-in user"
    if policy.kind in ("owner", "insert_self"):
        return f"the user in {policy.column}"
    if policy.kind == "tenant":
        return f"users whose {policy.claim} is {policy.column}"
    if policy.kind == "parent_owner":
        return f"the user in {policy.owner_column} of {table_name(plan, policy.table)}"
    if policy.kind in ("member", "parent_member", "staff"):
        roles = f" ({', '.join(policy.roles_in)})" if policy.roles_in else ""
        whose = "everybody in " if policy.kind == "staff" else "members by "
        return f"{whose}{table_name(plan, policy.via)}{roles}"
    return "nobody"


def table_name(plan: Plan, table_id: str) -> str:
    """The name of the table with this id, or the id when there is none."""
    table = plan.table(table_id)
    return table.name if table else table_id


def planner_words(record: PlannerRecord) -> tuple[str, str]:
    """How the plan came about, and what went wrong on the way ("" when nothing did)."""
    if record.model is None:
        return "read without a language model", ""
    usage, counts = record.usage, [counted(record.attempts, "draft")]
    if usage.input_tokens or usage.output_tokens:
        counts.append(f"{usage.input_tokens:,} + {usage.output_tokens:,} tokens")
    if usage.cost_usd is not None:
        counts.append(f"{usage.cost_usd:.4f} USD")
    if record.dropped:
        counts.append(f"{counted(record.dropped, 'item')} dropped whose quote the spec does not have")
    spent = f"{record.model}: {', '.join(counts)}"
    if record.kind == "llm":
        return f"planned by {spent}", ""
    return (
        f"read without a language model, after {spent}",
        f"the model gave no valid plan: {why(record.fallback_reason)}",
    )
