"""Privileges and default privileges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Noun, Phase, Statements
from architect.drift.ddl.roles import block
from architect.drift.ddl.sides import Catalog, Sides
from architect.drift.ddl.statement import Statement, statement

OWNER = "its owner"
#: What the facts call an object and what ``grant ... on`` calls it.
_WORDS = {
    "table": "table",
    "view": "table",
    "matview": "table",
    "column": "table",
    "function": "routine",
    "foreign data wrapper": "foreign data wrapper",
    "domain": "type",
}
_LARGE_OBJECT = "large object"
Privileges = Mapping[str, bool]


def column_of(fact: Fact, catalog: Catalog) -> tuple[str, str]:
    """Table and column of a grant on a column."""
    column = catalog.get(Key("column", fact.key.schema, fact.detail["object"]))
    if column is not None:
        return str(column.detail["table"]), n.last(column)
    table, _, name = str(fact.detail["object"]).partition(".")
    return table, name


def object_key(fact: Fact) -> Key:
    """The fact of what is granted."""
    kind, name = fact.detail["object_kind"], str(fact.detail["object"])
    return Key(kind, fact.key.schema, name) if kind != "schema" else Key("schema", "", name)


def _object(fact: Fact, catalog: Catalog) -> str:
    kind, name, schema = fact.detail["object_kind"], str(fact.detail["object"]), fact.key.schema
    word = _WORDS.get(kind, kind)
    if kind == "column":
        return f"{word} {n.qualified(schema, column_of(fact, catalog)[0])}"
    if kind == "function":
        return f"{word} {n.routine(Key(kind, schema, name))}"
    if kind == _LARGE_OBJECT:
        return f"{word} {int(name)}"
    return f"{word} {n.qualified(schema, name)}" if kind != "parameter" else f"{word} {n.setting_name(name)}"


def _owner(fact: Fact, catalog: Catalog) -> str | None:
    """The owner of what is granted, where facts tell it."""
    owned = catalog.get(object_key(fact))
    if owned is None and fact.detail["object_kind"] == "column":
        table = column_of(fact, catalog)[0]
        tables = (catalog.get(Key(kind, fact.key.schema, table)) for kind in ("table", "view", "matview"))
        owned = next((one for one in tables if one is not None), None)
    return str(owned.detail["owner"]) if owned is not None and "owner" in owned.detail else None


def _holder(fact: Fact, catalog: Catalog) -> str | None:
    """Who holds it, as SQL; None for an owner that nothing tells."""
    grantee = str(fact.detail["grantee"])
    holder = _owner(fact, catalog) if grantee == OWNER else grantee
    return None if holder is None else n.role(holder)


def _say(
    fact: Fact, catalog: Catalog, verb: str, privileges: Iterable[str], option: bool = False
) -> Statements:
    """One ``grant`` or ``revoke``."""
    words, holder = sorted(privileges), _holder(fact, catalog)
    if not words or holder is None:
        return []
    if fact.detail["object_kind"] == "column":
        name = n.ident(column_of(fact, catalog)[1])
        words = [f"{word} ({name})" for word in words]
    what = ", ".join(words).lower() if fact.detail["object_kind"] != "column" else ", ".join(words)
    if verb == "grant":
        sql = f"grant {what} on {{}} to {holder}{' with grant option' if option else ''}"
    else:
        sql = f"revoke {'grant option for ' if option else ''}{what} on {{}} from {holder} cascade"
    place = Phase.GRANT if verb == "grant" else Phase.REVOKE
    return [_run(fact, catalog, sql).at(place)]


def _run(fact: Fact, catalog: Catalog, sql: str) -> Statement:
    words = (hz.AUTHZ, *((hz.SUPERUSER,) if fact.detail["object_kind"] == "parameter" else ()))
    if fact.detail["object_kind"] != "database":
        return statement(fact.key, sql.format(_object(fact, catalog)), *words)
    template = n.text(sql.format("database %I"))
    return block(fact.key, f"execute pg_catalog.format({template}, pg_catalog.current_database());", *words)


def _known(privileges: Privileges, sides: Sides) -> dict[str, bool]:
    """Without what the server that runs the statement has no word for."""
    return {
        name: option for name, option in privileges.items() if sides.version >= 170000 or name != "MAINTAIN"
    }


def _change(fact: Fact, before: Privileges, after: Privileges, sides: Sides) -> Statements:
    old, new = _known(before, sides), _known(after, sides)
    catalog = sides.wanted if object_key(fact) in sides.wanted else sides.found
    gone = [name for name in old if name not in new]
    found = _say(fact, catalog, "revoke", gone)
    options = [name for name in new if old.get(name) and not new[name]]
    found += _say(fact, catalog, "revoke", options, option=True)
    found += _say(fact, catalog, "grant", [p for p, option in new.items() if p not in old and not option])
    found += _say(
        fact, catalog, "grant", [p for p, option in new.items() if option and not old.get(p)], option=True
    )
    if gone or options:
        found += _restated(fact, sides, cascades=any(old.values()))
    return found


def _restated(fact: Fact, sides: Sides, *, cascades: bool) -> Statements:
    """What a revocation takes along: the same holder's grants on columns, and what the holder had granted."""
    found: Statements = []
    kind, name = fact.detail["object_kind"], str(fact.detail["object"])
    for other in sides.wanted.grants[fact.key.schema]:
        same = (other.detail["object_kind"], other.detail["object"]) == (kind, name)
        column = other.detail["object_kind"] == "column" and column_of(other, sides.wanted)[0] == name
        mine = other.detail["grantee"] == fact.detail["grantee"]
        if other.key != fact.key and ((column and (mine or cascades)) or (same and cascades)):
            for option in (False, True):
                held = [p for p, o in _known(other.detail["privileges"], sides).items() if o is option]
                found += _say(other, sides.wanted, "grant", held, option=option)
    return found


def _full(fact: Fact) -> Privileges:
    """What is held where no fact is: owners hold all, others nothing."""
    if fact.detail.get("system"):
        return dict(fact.detail.get("start") or {})
    if fact.detail["grantee"] != OWNER:
        return {}
    return dict.fromkeys(
        _ALL.get(_WORDS.get(fact.detail["object_kind"], fact.detail["object_kind"]), ()), False
    )


_ALL = {
    "table": ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
    "sequence": ("SELECT", "UPDATE", "USAGE"),
    "routine": ("EXECUTE",),
    "schema": ("CREATE", "USAGE"),
    "type": ("USAGE",),
    "database": ("CREATE", "TEMPORARY", "CONNECT"),
    "language": ("USAGE",),
}


def _create(fact: Fact, sides: Sides) -> Statements:
    new = object_key(fact) in sides.wanted and object_key(fact) not in sides.found
    if new and fact.detail["object_kind"] == "language" and fact.detail["grantee"] == "public":
        # Held by default; on a language that is not trusted it cannot be said.
        return []
    return _change(fact, _full(fact), fact.detail["privileges"], sides)


def _drop(fact: Fact, sides: Sides) -> Statements:
    if fact.detail["grantee"] == _owner(fact, sides.wanted):
        # Who becomes the owner holds all by that.
        return []
    return _change(fact, fact.detail["privileges"], _full(fact), sides)


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    return _change(after, before.detail["privileges"], after.detail["privileges"], sides)


def _inside(fact: Fact, catalog: Catalog) -> list[Key]:
    keys = [object_key(fact)]
    if fact.detail["object_kind"] == "column":
        table = column_of(fact, catalog)[0]
        keys += [Key(kind, fact.key.schema, table) for kind in ("table", "view", "matview")]
    return keys


GRANT = Noun(Phase.GRANT, _create, _drop, _alter, _inside)

#: What everybody is granted on a new object.
_OPEN = ("function", "type", "domain")
_DEFAULTS = {
    "table": "tables",
    "view": "tables",
    "matview": "tables",
    "sequence": "sequences",
    "schema": "schemas",
}
_DEFAULTS |= {"function": "functions", "type": "types", "domain": "types"}


def reset(key: Key, sides: Sides) -> Statements:
    """Takes from a new object what it was granted by default and nobody wants."""
    word = _DEFAULTS.get(key.kind)
    if word is None:
        return []
    holders = {"public"} if key.kind in _OPEN else set()
    for defaults in sides.found.of("default_acl"):
        if defaults.detail["object_kind"] == word and defaults.detail["schema"] in (None, key.schema or None):
            holders |= set(defaults.detail["holders"]) - {OWNER}
    wanted = {
        str(grant.detail["grantee"]) for grant in sides.wanted.grants[key.schema] if object_key(grant) == key
    }
    if key.kind in _OPEN:
        # Granted by default and wanted: nothing to do.
        holders -= wanted & {"public"}
    if not holders:
        return []
    name = n.routine(key) if key.kind == "function" else n.qualified(key.schema, key.name)
    sql = f"revoke all on {_WORDS.get(key.kind, key.kind)} {name} from {n.roles(sorted(holders))}"
    return [statement(key, sql, hz.AUTHZ).at(Phase.REVOKE)]
