"""Facts as the SQL that people know, for the before and after of an alert. Nothing runs this text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from architect.drift.effective import GRANTABLE

Detail = Mapping[str, Any]
COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}
_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")


def ident(name: str) -> str:
    """A name, quoted where Postgres would quote it."""
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def dotted(schema: str | None, name: str) -> str:
    """``public.orders``."""
    return f"{ident(schema)}.{ident(name)}" if schema else ident(name)


def policy(schema: str, detail: Detail) -> str:
    """``create policy "owner reads" on public.orders for select to authenticated using (...)``."""
    text = f"create policy {ident(detail['policy'])} on {dotted(schema, detail['table'])}"
    if not detail.get("permissive", True):
        text += " as restrictive"
    command = COMMANDS.get(detail["command"], detail["command"])
    text += f" for {command} to {', '.join(detail.get('roles') or ['public'])}"
    for word, clause in (("using", detail.get("using")), ("with check", detail.get("check"))):
        if clause is not None:
            text += f" {word} {bracketed(clause)}"
    return text


def bracketed(expression: str) -> str:
    """The expression in the brackets it has, or else in new ones."""
    return expression if _wrapped(expression) else f"({expression})"


def _wrapped(expression: str) -> bool:
    if not (expression.startswith("(") and expression.endswith(")")):
        return False
    depth = 0
    for position, character in enumerate(expression):
        depth += (character == "(") - (character == ")")
        if depth == 0 and position < len(expression) - 1:
            return False
    return True


def privileges(own: Mapping[str, bool] | None, object_kind: str, where: str, grantee: str) -> str:
    """``grant select, insert on table public.orders to anon``; one statement for each grant option."""
    lines = []
    for suffix in ("", GRANTABLE):
        some = sorted(name.lower() for name, grantable in (own or {}).items() if grantable == bool(suffix))
        if some:
            kind = {"view": "table", "matview": "table"}.get(object_kind, object_kind)
            lines.append(f"grant {', '.join(some)} on {kind} {where} to {grantee}{suffix}")
    return "; ".join(lines) or f"no grant on {where} to {grantee}"


_ATTRIBUTES = (
    ("superuser", "superuser"), ("bypass_rls", "bypassrls"), ("create_role", "createrole"),
    ("create_db", "createdb"), ("login", "login"), ("replication", "replication"), ("inherit", "inherit"),
)  # fmt: skip


def role(name: str, detail: Detail) -> str:
    """``create role anon nologin nobypassrls ...`` with every attribute."""
    words = [word if detail.get(key) else f"no{word}" for key, word in _ATTRIBUTES]
    limit = detail.get("connection_limit", -1)
    return f"role {ident(name)}: {' '.join(words)}" + (f" connection limit {limit}" if limit != -1 else "")


def settings(config: Iterable[str] | None) -> dict[str, str]:
    """A function's settings: ``["search_path=public"]`` -> ``{"search_path": "public"}``."""
    return {name: value for name, _, value in (part.partition("=") for part in config or ())}


def on(options: Mapping[str, str] | None, name: str) -> bool:
    """Whether a relation's switch is on, in any of the ways to write that."""
    return str((options or {}).get(name, "off")).lower() in ("on", "true", "1", "yes", "t", "y")
