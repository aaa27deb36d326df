"""Tables and foreign tables, with the columns they are created with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import columns as column_ddl
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.sides import Catalog, Sides, parents_of
from architect.drift.ddl.statement import cannot, statement

#: Stands in facts for the value of an option that looks like a secret.
HIDDEN = "hidden"
_IDENTITY = {"d": "default", "f": "full", "n": "nothing"}


def _name(fact: Fact) -> str:
    return n.qualified(fact.key.schema, fact.key.name)


def inherits(fact: Fact) -> bool:
    """Whether it is a child of the old kind, which is no partition."""
    return bool(fact.detail.get("inherits"))


def inlined(fact: Fact, catalog: Catalog) -> list[Fact]:
    """The columns that ``create table`` makes: all that are its own and do not wait for functions."""
    return [
        column
        for column in catalog.columns[fact.key.schema, fact.key.name]
        if not (inherits(fact) and not column.detail.get("local", True))
        and not column_ddl.waits(column, catalog)
    ]


def _create(fact: Fact, sides: Sides) -> Statements:
    detail, wanted = fact.detail, sides.wanted
    if HIDDEN in (detail.get("foreign_options") or {}).values():
        return [cannot(fact.key, "an option of the foreign table looks like a secret and is not recorded")]
    body = ",\n  ".join(column_ddl.definition(column, sides) for column in inlined(fact, wanted))
    foreign = detail["relkind"] == "f"
    noun = "foreign table" if foreign else "unlogged table" if detail.get("persistence") == "u" else "table"
    sql = f"create {noun} {_name(fact)} ("
    sql += f"\n  {body}\n)" if body else ")"
    if inherits(fact):
        sql += f" inherits ({', '.join(detail['inherits'])})"
    if detail["relkind"] == "p":
        sql += f" partition by {detail['partition_key']}"
    if not foreign and detail.get("access_method") not in (None, "heap"):
        sql += f" using {n.ident(detail['access_method'])}"
    if detail.get("options"):
        sql += f" with ({n.options(detail['options'])})"
    if foreign:
        sql += f" server {n.ident(detail['server'])}{foreign_options(detail.get('foreign_options'))}"
    # A partition has the rows of its own only; what is created here is empty.
    found = [statement(fact.key, sql, *([] if foreign else [hz.NOT_RESTORED])), *_owner(fact)]
    return [*found, *_attach(fact), *_state(None, fact, sides)]


def foreign_options(options: Mapping[str, str] | None) -> str:
    """`` options (host 'x')``, or nothing."""
    said = ", ".join(f"{n.ident(name)} {n.text(value)}" for name, value in (options or {}).items())
    return f" options ({said})" if said else ""


def changed_options(old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> str:
    """`` options (add a 'x', set b 'y', drop c)``, or nothing."""
    before, after = old or {}, new or {}
    words = [f"drop {n.ident(name)}" for name in before if name not in after]
    for name, value in after.items():
        if before.get(name) != value and value != HIDDEN:
            words.append(f"{'set' if name in before else 'add'} {n.ident(name)} {n.text(value)}")
    return f" options ({', '.join(words)})" if words else ""


def _drop(fact: Fact, sides: Sides) -> Statements:
    key, name = fact.key, _name(fact)
    kind = "foreign table" if fact.detail["relkind"] == "f" else "table"
    words = () if fact.detail["relkind"] == "f" else (hz.DELETES_DATA, hz.IRREVERSIBLE)
    found = []
    if fact.detail.get("partition_of"):
        parent = fact.detail["partition_of"]
        found = [statement(key, f"alter table {parent} detach partition {name}", hz.ACCESS_EXCLUSIVE)]
    return [*found, statement(key, f"drop {kind} {name}", hz.ACCESS_EXCLUSIVE, *words)]


def _owner(fact: Fact) -> Statements:
    return [
        statement(fact.key, f"alter table {_name(fact)} owner to {n.role(fact.detail['owner'])}", hz.AUTHZ)
    ]


def _attach(fact: Fact) -> Statements:
    if fact.detail.get("bound") is None:
        return []
    parent = fact.detail["partition_of"]
    sql = f"alter table only {parent} attach partition {_name(fact)} {fact.detail['bound']}"
    return [statement(fact.key, sql, hz.ACCESS_EXCLUSIVE).at(Phase.ATTACH)]


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    if any(old.get(name) != new.get(name) for name in ("relkind", "partition_key", "server", "of_type")):
        return None
    key, name = after.key, _name(after)
    found: Statements = []
    if old["owner"] != new["owner"]:
        found += _owner(after)
    if old.get("persistence") != new.get("persistence"):
        logged = "unlogged" if new["persistence"] == "u" else "logged"
        found.append(statement(key, f"alter table {name} set {logged}", hz.ACCESS_EXCLUSIVE, hz.PERFORMANCE))
    if old.get("access_method") != new.get("access_method") and new.get("access_method"):
        sql = f"alter table {name} set access method {n.ident(new['access_method'])}"
        found.append(statement(key, sql, hz.ACCESS_EXCLUSIVE, hz.PERFORMANCE))
    changed = changed_options(old.get("foreign_options"), new.get("foreign_options"))
    if changed:
        found.append(statement(key, f"alter foreign table {name}{changed}"))
    found += set_options("table", key, name, old, new)
    if (old.get("bound"), parents_of(before)) != (new.get("bound"), parents_of(after)):
        found += _move(before, after)
    return [*found, *_state(before, after, sides)]


def _move(before: Fact, after: Fact) -> Statements:
    """Out of one parent, into another."""
    key, name = after.key, _name(after)
    old, new = parents_of(before), parents_of(after)
    found: Statements = []
    if before.detail.get("bound") is not None:
        found.append(statement(key, f"alter table {old[0]} detach partition {name}", hz.ACCESS_EXCLUSIVE))
        old = []
    else:
        found += [
            statement(key, f"alter table {name} no inherit {p}", hz.ACCESS_EXCLUSIVE)
            for p in old
            if p not in new
        ]
    if after.detail.get("bound") is not None:
        return [*found, *_attach(after)]
    missing = [p for p in new if p not in old]
    return found + [
        statement(key, f"alter table {name} inherit {p}", hz.ACCESS_EXCLUSIVE).at(Phase.ATTACH)
        for p in missing
    ]


def set_options(
    noun: str, key: Key, name: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Statements:
    """``alter table|view|index ... set (...)`` and ``reset (...)``."""
    old, new = before.get("options") or {}, after.get("options") or {}
    gone = [n.option_name(option) for option in old if option not in new]
    added = {option: value for option, value in new.items() if old.get(option) != value}
    words = (hz.AUTHZ,) if "view" in noun else ()
    found: Statements = []
    if gone:
        found.append(statement(key, f"alter {noun} {name} reset ({', '.join(sorted(gone))})", *words))
    if added:
        found.append(statement(key, f"alter {noun} {name} set ({n.options(added)})", *words))
    return found


def _state(before: Fact | None, after: Fact, sides: Sides) -> Statements:
    """Row security, replica identity and the triggers behind foreign keys."""
    key, name, new = after.key, _name(after), after.detail
    old = before.detail if before else {"rls": False, "forced": False, "replica_identity": "d"}
    found: Statements = []
    if old["rls"] != new["rls"]:
        verb = "enable" if new["rls"] else "disable"
        sql = f"alter table {name} {verb} row level security"
        found.append(statement(key, sql, hz.ACCESS_EXCLUSIVE, hz.AUTHZ))
    if old["forced"] != new["forced"]:
        verb = "force" if new["forced"] else "no force"
        sql = f"alter table {name} {verb} row level security"
        found.append(statement(key, sql, hz.ACCESS_EXCLUSIVE, hz.AUTHZ))
    if _replica(old) != _replica(new) and new["relkind"] != "f":
        found.append(statement(key, f"alter table {name} replica identity {_replica(new)}"))
    if old.get("fk_triggers_off", []) != new.get("fk_triggers_off", []):
        found += _foreign_key_triggers(after, sides)
    return [item.at(Phase.TABLE_STATE) for item in found]


def _replica(detail: Mapping[str, Any]) -> str:
    if detail.get("replica_identity") == "i" and detail.get("replica_index"):
        return f"using index {n.ident(detail['replica_index'])}"
    return _IDENTITY.get(detail.get("replica_identity") or "d", "default")


def _foreign_key_triggers(after: Fact, sides: Sides) -> Statements:
    """``all`` is the only word that reaches internal triggers; the table's own are put back after it."""
    key, name, off = after.key, _name(after), bool(after.detail.get("fk_triggers_off"))
    sql = f"alter table {name} {'disable' if off else 'enable'} trigger all"
    found = [statement(key, sql, hz.SHARE_ROW_EXCLUSIVE, hz.SUPERUSER)]
    usual = "D" if off else "O"
    for trigger in sides.wanted.on[key.schema, key.name]:
        if trigger.key.kind == "trigger" and trigger.detail["enabled"] != usual:
            found.append(statement(key, trigger_state(trigger), hz.SHARE_ROW_EXCLUSIVE))
    return found


def trigger_state(trigger: Fact) -> str:
    """``alter table only ... enable|disable|enable always|enable replica trigger``."""
    verb = {"O": "enable", "D": "disable", "A": "enable always", "R": "enable replica"}
    state = verb[trigger.detail["enabled"]]
    return f"alter table only {n.of_table(trigger)} {state} trigger {n.ident(n.last(trigger))}"


TABLE = Noun(Phase.TABLE, _create, _drop, _alter)
