"""The change token: whether a database can have drifted since, for next to nothing.

Equal tokens of one database mean equal facts; other tokens mean no more than that a full check is due.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping

from architect.catalog.facts import sections
from architect.catalog.facts.reader import Reader, Rows, ScriptReader
from architect.errors import CatalogUnreadable
from architect.sql import query

_FILE = "catalog_token"
#: Catalogs with an oid; every version has them.
CATALOGS = (
    "pg_namespace",
    "pg_class",
    "pg_attrdef",
    "pg_constraint",
    "pg_policy",
    "pg_trigger",
    "pg_rewrite",
    "pg_proc",
    "pg_type",
    "pg_enum",
    "pg_statistic_ext",
    "pg_extension",
    "pg_event_trigger",
    "pg_publication",
    "pg_publication_rel",
    "pg_publication_namespace",
    "pg_default_acl",
    "pg_cast",
    "pg_operator",
    "pg_opclass",
    "pg_opfamily",
    "pg_amop",
    "pg_amproc",
    "pg_collation",
    "pg_conversion",
    "pg_am",
    "pg_language",
    "pg_transform",
    "pg_ts_config",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
)
#: Temporary tables come and go without being facts; their rows in other catalogs are not told apart.
_CONDITIONS = {"pg_class": "relpersistence <> 't' and relkind <> 't'"}
Exchange = Generator[str, Rows, str]


def token(reader: Reader) -> str:
    """The token now. Raises :class:`CatalogUnreadable`."""
    with reader.moment() as run:
        exchange = _exchange()
        try:
            rows = run(next(exchange))
            while True:
                rows = run(exchange.send(rows))
        except StopIteration as end:
            return str(end.value)


async def atoken(reader: ScriptReader) -> str:
    """:func:`token` through scripts."""
    exchange = _exchange()
    try:
        rows = await reader.run(next(exchange))
        while True:
            rows = await reader.run(exchange.send(rows))
    except StopIteration as end:
        return str(end.value)


def _exchange() -> Exchange:
    start = yield sections.start()
    if len(start) != 1:
        raise CatalogUnreadable("The database gave no answer")
    states = start[0]["states"]
    states = json.loads(states) if isinstance(states, str) else states
    rows = yield _script(states)
    unseen = sorted(table for table, state in states.items() if state is False)
    return f"{rows[0]['token']}{''.join(f'-{table}' for table in unseen)}"


def _script(states: Mapping[str, bool | None]) -> str:
    parts = [
        query(_FILE, "catalog")
        .replace("/*catalog*/", name)
        .replace("/*condition*/", _CONDITIONS.get(name, "true"))
        for name in CATALOGS
    ]
    parts += [query(_FILE, name) for name in ("columns", "rowless", "dependencies")]
    rows = [table for table in sections.ROWS.values() if states.get(table)]
    parts += [query(_FILE, "rows").replace("/*table*/", table) for table in rows]
    return query(_FILE, "token").replace("/*parts*/", "\nunion all\n".join(parts))
