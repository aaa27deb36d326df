"""A part of what is wanted: some facts as they should be, all others as they are found."""

from __future__ import annotations

from collections.abc import Collection

from architect.catalog.facts.snapshot import Fact, Key, Snapshot
from architect.drift.ddl.nouns import children_of, inside
from architect.drift.ddl.sides import Catalog, Mixed, catalog_of, parents_of


def part(found: Snapshot, wanted: Snapshot, keys: Collection[Key]) -> Mixed:
    """``found`` with these facts as in ``wanted``, and with those that they cannot be without."""
    sides = catalog_of(found), catalog_of(wanted)
    chosen = closed(*sides, set(keys))
    facts = {key: fact for key, fact in found.facts.items() if key not in chosen}
    facts |= {key: wanted.facts[key] for key in chosen if key in wanted.facts}
    return Mixed(Snapshot(wanted.server_version_num, facts), *sides)


def closed(found: Catalog, wanted: Catalog, keys: set[Key]) -> set[Key]:
    """``keys`` with what has to change along with them."""
    children = children_of(found), children_of(wanted)
    chosen, queue = set[Key](), list(keys)
    while queue:
        key = queue.pop()
        if key in chosen:
            continue
        chosen.add(key)
        fact = wanted.get(key)
        if fact is not None:
            queue += [used for used in _needed(fact, wanted) if used in wanted and used not in found]
            # A label that a text names may be one that the type lost.
            queue += [k for k in wanted.uses[key] if k.kind == "type" and found.get(k) != wanted.get(k)]
            queue += _moved(fact, found, wanted)
        if fact is not None and key not in found:
            # It comes back with all that hangs on it.
            queue += children[1].get(key, ())
        elif fact is None and key in found:
            # What hangs on it goes along, and who uses it is put back or goes as well.
            queue += children[0].get(key, ())
            queue += found.users[key]
            if key.kind == "role":
                queue += _speaking_of(key, found, wanted)
    return chosen


def _needed(fact: Fact, wanted: Catalog) -> list[Key]:
    """What must be there for ``fact`` to be."""
    homes = [*inside(fact, wanted), Key("schema", "", fact.key.schema)]
    return [*_roles(fact), *wanted.uses[fact.key], *homes]


def _moved(fact: Fact, found: Catalog, wanted: Catalog) -> list[Key]:
    """A column's table, where both changed because the table has another parent."""
    if fact.key.kind not in ("column", "constraint", "index", "sequence"):
        return []
    key = Key("table", fact.key.schema, str(fact.detail.get("table")))
    before, after = found.get(key), wanted.get(key)
    changed = before is not None and after is not None and parents_of(before) != parents_of(after)
    return [key] if changed else []


def _roles(fact: Fact) -> list[Key]:
    """The roles that a fact speaks of."""
    detail = fact.detail
    names = [detail.get(word) for word in ("owner", "grantee", "member", "role")]
    names += [*(detail.get("roles") or ()), *(detail.get("holders") or ())]
    return [Key("role", "", name) for name in names if isinstance(name, str)]


def _speaking_of(role: Key, found: Catalog, wanted: Catalog) -> list[Key]:
    """A role is dropped only when it holds nothing any more."""
    facts = found.snapshot.facts.values()
    return [fact.key for fact in facts if role in _roles(fact) and wanted.get(fact.key) != fact]
