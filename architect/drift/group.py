"""Group changes: what follows from another change is told with it, and a new name is one change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.change import Change
from architect.drift.text import ident

#: Kinds whose name is only a name: with a new one they do what they did.
_NAMED = {"policy": "policy", "constraint": "constraint", "index": "index", "trigger": "trigger"}
#: What differs in parts of a table that joins a parent or leaves it.
_INHERITANCE = frozenset({"local", "inherited", "parent", "not_null_state"})


@dataclass(frozen=True, slots=True)
class Group:
    """A change and the keys of all that follows from it, its own among them."""

    change: Change
    keys: frozenset[Key]
    #: The new name where that is all that changed.
    renamed: str | None = None


def groups(changes: Iterable[Change]) -> Iterator[Group]:
    """The changes, each in exactly one group."""
    by_key = {change.key: change for change in changes}
    known = by_key | {
        _index(key.schema, str(change.any.get("index"))): change
        for key, change in by_key.items()
        if key.kind == "index"
    }
    tops = {key: _top(change, known) for key, change in by_key.items()}
    followers: dict[Key, set[Key]] = {}
    for key, top in tops.items():
        followers.setdefault(top, {top}).add(key)
    pairs = _renames([by_key[top] for top in followers])
    news = {new.key for new in pairs.values()}
    for top, keys in followers.items():
        if top in news:
            continue
        new = pairs.get(top)
        if new is None:
            yield Group(by_key[top], frozenset(keys))
        else:
            both = Change(top, by_key[top].before, new.after)
            yield Group(both, frozenset(keys | followers[new.key]), new.key.name)


def _top(change: Change, by_key: Mapping[Key, Change]) -> Key:
    """The change that explains this one, or the one that explains that."""
    seen = {change.key}
    while True:
        for key in _causes(change):
            cause = by_key.get(key)
            if cause is not None and cause.key not in seen and _explains(cause, change):
                seen.add(cause.key)
                change = cause
                break
        else:
            return change.key


def _fate(change: Change) -> str:
    return "extra" if change.before is None else "gone" if change.after is None else "different"


def _explains(cause: Change, change: Change) -> bool:
    kind, fate = cause.key.kind, _fate(change)
    if fate == "different":
        return _together(cause, change)
    if _fate(cause) == "different":
        return _follows(cause, change)
    if _fate(cause) != fate:
        return False
    # What stands in a new schema, and who is let in by a new role, has to be judged by itself.
    return not (fate == "extra" and kind in ("schema", "role", "extension"))


def _together(cause: Change, change: Change) -> bool:
    """Whether one difference brings the other: an owner, a parent table, the constraint of an index."""
    if cause.before is None or cause.after is None:
        return False
    if change.key.kind == "membership":
        return change.differing == {"inherit"} == cause.differing & {"inherit"}
    if change.key.kind == "sequence":
        return (
            change.differing == {"owner"} == cause.differing & {"owner"}
            and change.new["owner"] == cause.new["owner"]
        )
    if change.key.kind == "grant":
        return "owner" in cause.differing and _of_owners(cause, change)
    if cause.key.kind == "table":
        return bool({"partition_of", "inherits"} & cause.differing) and change.differing <= _INHERITANCE
    return cause.key.kind in ("constraint", "index", "trigger") and (
        change.key.kind == "index" or change.differing == cause.differing
    )


def _follows(cause: Change, change: Change) -> bool:
    """Whether something came or went because something else is different."""
    if change.key.kind == "grant":
        return "owner" in cause.differing and _of_owners(cause, change)
    if change.key.kind == "sequence":
        return cause.key.kind == "column" and bool({"identity", "default"} & cause.differing)
    return cause.key.kind == "constraint" and change.key.kind == "index"


def _of_owners(cause: Change, change: Change) -> bool:
    return change.any["grantee"] in ("its owner", cause.old.get("owner"), cause.new.get("owner"))


def _causes(change: Change) -> Iterator[Key]:
    """What may explain a change, the nearest first."""
    key, detail = change.key, change.any
    if key.kind == "grant":
        yield from _holders(key, detail)
    table = detail.get("table")
    if key.kind == "index" and detail.get("constraint"):
        yield Key("constraint", key.schema, f"{table}.{detail['constraint']}")
    if key.kind == "index" and detail.get("parent"):
        schema, name, _ = _path(str(detail["parent"]))
        yield _index(schema, name)
    if key.kind == "sequence" and detail.get("owned_by"):
        schema, name, column = _path(str(detail["owned_by"]))
        yield from (Key("column", schema, f"{name}.{column}"), Key("table", schema, name))
    if key.kind in ("constraint", "index") and isinstance(table, str):
        yield from _columns_of(key, table, str(detail.get("definition")))
    if key.kind == "statistics":
        yield Key("table", *_path(str(table))[:2])
    elif isinstance(table, str):
        yield from (Key(kind, key.schema, table) for kind in ("table", "view", "matview", "extension_table"))
    if key.kind == "constraint" and detail.get("references"):
        yield Key("table", *_path(str(detail["references"]))[:2])
    for kind, whole in (("publication", detail.get("publication")), ("role", detail.get("member"))):
        if isinstance(whole, str):
            yield Key(kind, "", whole)
    for role in (detail.get("role"), detail.get("grantee")):
        if isinstance(role, str):
            yield Key("role", "", role)
    schema_name = key.schema or detail.get("schema")
    if isinstance(schema_name, str):
        yield Key("schema", "", schema_name)


def _holders(key: Key, detail: Mapping[str, Any]) -> Iterator[Key]:
    """The object that a grant is on."""
    kind, name = str(detail["object_kind"]), str(detail["object"])
    if kind == "column":
        yield Key("column", key.schema, name)
        yield from (Key(k, key.schema, name.split(".")[0]) for k in ("table", "view", "matview"))
    yield Key(kind.replace(" ", "_"), key.schema, name)


def _columns_of(key: Key, table: str, definition: str) -> Iterator[Key]:
    """Columns that a constraint or index names."""
    _, _, rest = definition.partition("(")
    for word in dict.fromkeys(re.findall(r'"(?:[^"]|"")+"|[\w$]+', rest)):
        name = word[1:-1].replace('""', '"') if word.startswith('"') else word
        yield Key("column", key.schema, f"{table}.{name}")


def _index(schema: str, name: str) -> Key:
    """An index by its own name, where its table is not known."""
    return Key("index", schema, f"*.{name}")


def _path(text: str) -> tuple[str, str, str]:
    """``public."My orders".id`` -> its parts."""
    parts = [a.replace('""', '"') or b for a, b in re.findall(r'"((?:[^"]|"")+)"|([^."]+)', text)]
    schema, name, column = (*parts, "", "", "")[:3]
    return schema, name, column


def _renames(changes: Iterable[Change]) -> dict[Key, Change]:
    """Pairs of something gone and something extra that differ in their name alone."""
    gone: dict[tuple[Any, ...], list[Change]] = {}
    extra: dict[tuple[Any, ...], list[Change]] = {}
    for change in changes:
        side = change.before or change.after
        if (
            change.key.kind in _NAMED
            and side is not None
            and (change.before is None) != (change.after is None)
        ):
            (gone if change.after is None else extra).setdefault(_nameless(side), []).append(change)
    return {
        old[0].key: extra[shape][0]
        for shape, old in gone.items()
        if len(old) == 1 and len(extra.get(shape, ())) == 1
    }


def _nameless(fact: Fact) -> tuple[Any, ...]:
    """The fact without its name, which stands in its definition too."""
    name = str(fact.detail.get(_NAMED[fact.key.kind]) or fact.key.name)
    rest = {
        prop: value.replace(f" {ident(name)} ", " ") if prop == "definition" else value
        for prop, value in fact.detail.items()
        if prop not in (_NAMED[fact.key.kind], "constraint")
    }
    return (fact.key.kind, fact.key.schema, repr(sorted(rest.items())))
