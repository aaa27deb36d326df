"""How a column is kept: storage, compression, options of its statistics."""

from __future__ import annotations

from architect.catalog.facts.snapshot import Fact
from architect.drift.ddl import names as n
from architect.drift.ddl.noun import Phase, Statements
from architect.drift.ddl.roles import block
from architect.drift.ddl.statement import Statement, statement

_STORAGE = {"p": "plain", "e": "external", "x": "extended", "m": "main"}
_COMPRESSION = {"p": "pglz", "l": "lz4"}


def kept(before: Fact | None, after: Fact) -> Statements:
    """What puts these right; ``before`` is None for a new column."""
    old, new = before.detail if before else {}, after.detail
    start = f"alter table {n.of_table(after)} alter column {n.ident(n.last(after))}"
    found: Statements = []
    if old.get("storage") != new.get("storage"):
        found.append(_storage(after, start))
    if old.get("compression") != new.get("compression"):
        method = _COMPRESSION.get(str(new.get("compression")), "default")
        found.append(statement(after.key, f"{start} set compression {method}"))
    options = _options(old.get("options")), _options(new.get("options"))
    gone = [n.option_name(name) for name in options[0] if name not in options[1]]
    if gone:
        found.append(statement(after.key, f"{start} reset ({', '.join(gone)})"))
    added = {name: value for name, value in options[1].items() if options[0].get(name) != value}
    if added:
        found.append(statement(after.key, f"{start} set ({n.options(added)})"))
    return [one.at(Phase.TABLE_STATE) for one in found]


def _options(stored: list[str] | None) -> dict[str, str]:
    return dict(text.split("=", 1) for text in stored or ())


def _storage(after: Fact, start: str) -> Statement:
    chosen = after.detail.get("storage")
    if chosen:
        return statement(after.key, f"{start} set storage {_STORAGE[chosen]}")
    # `default` is a word for it from version 16 on only.
    names = " ".join(f"when '{letter}' then '{word}'" for letter, word in _STORAGE.items())
    usual = (
        f"(select case t.typstorage {names} end from pg_catalog.pg_attribute a join pg_catalog.pg_type t "
        f"on t.oid = a.atttypid where a.attrelid = {n.text(n.of_table(after))}::pg_catalog.regclass "
        f"and a.attname = {n.text(n.last(after))})"
    )
    template = n.text(start.replace("%", "%%") + " set storage %s")
    return block(after.key, f"execute pg_catalog.format({template}, {usual});")
