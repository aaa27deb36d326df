"""Constraints and indexes."""

from __future__ import annotations

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import hazards as hz
from architect.drift.ddl import names as n
from architect.drift.ddl import tables
from architect.drift.ddl.noun import Noun, Phase, Statements, on_relation
from architect.drift.ddl.sides import Catalog, Sides
from architect.drift.ddl.statement import Statement, statement

_NOT_VALID = " NOT VALID"
_PHASES = {"p": Phase.KEY, "u": Phase.KEY, "x": Phase.KEY, "c": Phase.CHECK, "f": Phase.FOREIGN_KEY}


def _table(fact: Fact, catalog: Catalog) -> Fact | None:
    return catalog.get(Key("table", fact.key.schema, str(fact.detail["table"])))


def _comes_from_parent(fact: Fact, sides: Sides) -> bool:
    """Whether the parent's constraint makes this one, so that it is neither created nor dropped here.

    A partition makes its own keys and checks, which are adopted when it is attached. What a foreign key *to*
    a partitioned table adds for each partition comes by itself.
    """
    if not fact.detail.get("inherited"):
        return False
    if not sides.wanted.partition(fact.key.schema, str(fact.detail["table"])):
        return True
    return fact.detail["type"] == "f"


def _create(fact: Fact, sides: Sides) -> Statements:
    if _comes_from_parent(fact, sides):
        return []
    detail, name = fact.detail, n.ident(n.last(fact))
    table, kind, definition = n.of_table(fact), detail["type"], str(detail["definition"])
    phase = _PHASES.get(kind, Phase.CHECK)
    fresh = _table_is_new(fact, sides)
    add = f"alter table {table} add constraint {name} "
    if kind in "pux":
        words: tuple[str, ...] = () if fresh else (hz.ACCESS_EXCLUSIVE, hz.INDEX_BUILD, hz.CORRECTNESS)
        return [statement(fact.key, add + definition, *words).at(phase), *_index_state(fact, sides)]
    # Without NOT VALID the table would be locked while every row is looked at. Partitioned tables have none
    # for foreign keys before version 18.
    partitioned = (parent := _table(fact, sides.wanted)) is not None and parent.detail["relkind"] == "p"
    lock = hz.SHARE_ROW_EXCLUSIVE if kind == "f" else hz.ACCESS_EXCLUSIVE
    if fresh or not detail["validated"] or not detail.get("enforced", True) or (partitioned and kind == "f"):
        words = () if fresh else (lock,)
        return [statement(fact.key, add + definition, *words).at(phase)]
    return [
        statement(fact.key, add + definition + _NOT_VALID, lock).at(phase),
        statement(fact.key, f"alter table {table} validate constraint {name}", hz.CORRECTNESS).at(phase),
    ]


def _index_state(fact: Fact, sides: Sides) -> Statements:
    """Validity of the index behind a key."""
    index = sides.wanted.get(Key("index", fact.key.schema, fact.key.name))
    return _validity(index) if index else []


def _table_is_new(fact: Fact, sides: Sides) -> bool:
    return Key("table", fact.key.schema, str(fact.detail["table"])) not in sides.found


def _drop(fact: Fact, sides: Sides) -> Statements:
    if fact.detail.get("inherited"):
        # It goes with the parent's and cannot be dropped by itself.
        return []
    sql = f"alter table {n.of_table(fact)} drop constraint {n.ident(n.last(fact))}"
    return [statement(fact.key, sql, hz.ACCESS_EXCLUSIVE)]


def _alter(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    if new.get("inherited"):
        return []
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    bare = {str(side["definition"]).removesuffix(_NOT_VALID) for side in (old, new)}
    if len(bare) == 1 and changed <= {"validated", "definition", "inherited", "local"} and new["validated"]:
        sql = f"alter table {n.of_table(after)} validate constraint {n.ident(n.last(after))}"
        return [statement(after.key, sql, hz.CORRECTNESS)] if "validated" in changed else []
    return None


CONSTRAINT = Noun(Phase.CHECK, _create, _drop, _alter, on_relation, early=True)


def _index_name(fact: Fact) -> str:
    return n.qualified(fact.key.schema, str(fact.detail["index"]))


def _create_index(fact: Fact, sides: Sides) -> Statements:
    if fact.detail.get("constraint"):
        return []
    # `on only` would leave the parent's index invalid until every partition has its own.
    sql = str(fact.detail["definition"]).replace(" ON ONLY ", " ON ", 1)
    on_view = Key("matview", fact.key.schema, str(fact.detail["table"])) in sides.wanted
    fresh = _table_is_new(fact, sides) or on_view
    words = () if fresh else (hz.SHARE, hz.INDEX_BUILD)
    phase = Phase.MATVIEW if on_view else Phase.INDEX
    return [statement(fact.key, sql, *words).at(phase), *_validity(fact)]


def _drop_index(fact: Fact, sides: Sides) -> Statements:
    if fact.detail.get("constraint"):
        return []
    if fact.detail.get("parent"):
        parent = sides.found.index_by_text.get(fact.detail["parent"])
        if parent is not None and parent not in sides.wanted:
            # It goes with its parent's.
            return []
    sql = f"drop index {_index_name(fact)}"
    return [statement(fact.key, sql, hz.ACCESS_EXCLUSIVE, hz.INDEX_DROPPED)]


def _alter_index(before: Fact, after: Fact, sides: Sides) -> Statements | None:
    old, new = before.detail, after.detail
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    if changed & {"definition", "constraint"} - ({"definition"} if new.get("constraint") else set()):
        only_options = changed == {"definition", "options"}
        if not only_options:
            return None
    found = tables.set_options("index", after.key, _index_name(after), old, new)
    if changed & {"valid", "ready", "live"}:
        if new["valid"] and new["ready"]:
            sql = f"reindex index {_index_name(after)}"
            found.append(statement(after.key, sql, hz.ACCESS_EXCLUSIVE, hz.INDEX_BUILD))
        else:
            found.append(_spoil(after))
    return found


def _spoil(fact: Fact) -> Statement:
    """Brings about what a broken ``create index concurrently`` leaves behind."""
    name = n.text(_index_name(fact))
    sql = (
        "update pg_catalog.pg_index set indisvalid = {valid}, indisready = {ready}, indislive = {live} "
        "where indexrelid = {name}::pg_catalog.regclass"
    )
    states = {word: str(bool(fact.detail[word])).lower() for word in ("valid", "ready", "live")}
    return statement(fact.key, sql.format(name=name, **states), hz.SUPERUSER)


def _validity(fact: Fact) -> Statements:
    return [] if fact.detail["valid"] else [_spoil(fact).at(Phase.TABLE_STATE)]


def _inside_index(fact: Fact, catalog: Catalog) -> list[Key]:
    keys = on_relation(fact, catalog)
    if fact.detail.get("constraint"):
        keys.append(Key("constraint", fact.key.schema, f"{fact.detail['table']}.{fact.detail['constraint']}"))
    return keys


INDEX = Noun(Phase.INDEX, _create_index, _drop_index, _alter_index, _inside_index, early=True)
