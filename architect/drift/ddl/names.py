"""Names as SQL writes them, from facts.

Texts that the server deparsed (types, roles, ``regclass`` names) are SQL already and are never quoted again;
names that come raw from the catalog are quoted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from architect.catalog.facts.snapshot import Fact, Key
from architect.sql import quote_identifier, quote_literal

ident = quote_identifier


def qualified(schema: str, name: str) -> str:
    """``"schema"."name"``, or ``"name"`` for what has no schema."""
    return ident(schema, name) if schema else ident(name)


def of_table(fact: Fact) -> str:
    """The table (or view) that a column, constraint, policy, trigger... is on."""
    return qualified(fact.key.schema, str(fact.detail["table"]))


def last(fact: Fact) -> str:
    """The own name of what is named ``table.name``, raw."""
    return fact.key.name[len(str(fact.detail["table"])) + 1 :]


def routine(key: Key) -> str:
    """``"schema"."name"(types)``. The types are SQL already."""
    name, _, types = key.name.partition("(")
    return f"{qualified(key.schema, name)}({types}"


def spellings(schema: str, name: str) -> set[str]:
    """How ``regclass`` may write the name: with quotes where the server finds them needed."""
    return {f"{left}.{right}" for left in (schema, ident(schema)) for right in (name, ident(name))} | (
        {name, ident(name)} if schema == "pg_catalog" else set()
    )


def role(name: str) -> str:
    """A role as grants and policies name it; ``public`` is a word and no role."""
    return name if name == "public" else ident(name)


def roles(names: Iterable[str]) -> str:
    """Several roles."""
    return ", ".join(role(name) for name in names)


def text(value: str) -> str:
    """A string literal."""
    return quote_literal(value).strip()


def options(stored: Mapping[str, str] | None) -> str:
    """``"fillfactor"='70', "security_invoker"='on'`` from stored options."""
    return ", ".join(f"{option_name(name)}={text(value)}" for name, value in (stored or {}).items())


def option_name(name: str) -> str:
    """``"toast"."autovacuum_enabled"``."""
    return ".".join(ident(part) for part in name.split(".", 1))


#: Settings whose stored value is a list of quoted names; as one literal it would be taken for one name.
_LISTS = {
    "search_path",
    "temp_tablespaces",
    "session_preload_libraries",
    "shared_preload_libraries",
    "local_preload_libraries",
    "unix_socket_directories",
}


def setting_value(name: str, value: str) -> str:
    """The value of ``set name to ...`` so that the same text is stored again."""
    if name.lower() not in _LISTS:
        return text(value)
    return ", ".join(text(item) for item in _split(value)) or "''"


def _split(value: str) -> list[str]:
    """The names of a list such as ``"", public, "my schema"``."""
    found, item, quoted = [], "", False
    for char in value:
        if char == '"':
            quoted = not quoted
            item += char
        elif char == "," and not quoted:
            found.append(item)
            item = ""
        else:
            item += char
    return [_bare(name.strip()) for name in [*found, item] if name.strip()]


def _bare(item: str) -> str:
    return item[1:-1].replace('""', '"') if item.startswith('"') and item.endswith('"') else item


def setting_name(name: str) -> str:
    """``"pgrst"."db_schemas"``: a setting's name may have parts."""
    return ident(*name.split("."))
