"""Every kind of fact by its name."""

from __future__ import annotations

from architect.catalog.facts.snapshot import Fact, Key
from architect.drift.ddl import foreign, others, rows, types
from architect.drift.ddl.columns import COLUMN
from architect.drift.ddl.constraints import CONSTRAINT, INDEX
from architect.drift.ddl.containers import DATABASE, EXTENSION, SCHEMA, STATISTICS
from architect.drift.ddl.default_privileges import DEFAULT_PRIVILEGES
from architect.drift.ddl.functions import FUNCTION
from architect.drift.ddl.grants import GRANT
from architect.drift.ddl.noun import Noun
from architect.drift.ddl.policies import POLICY
from architect.drift.ddl.publications import PUBLICATION, PUBLICATION_SCHEMA, PUBLICATION_TABLE
from architect.drift.ddl.roles import MEMBERSHIP, ROLE, SETTING
from architect.drift.ddl.sequences import SEQUENCE
from architect.drift.ddl.sides import Catalog
from architect.drift.ddl.tables import TABLE
from architect.drift.ddl.triggers import EVENT_TRIGGER, RULE, TRIGGER
from architect.drift.ddl.views import MATVIEW, VIEW

_OTHERS = (
    "operator_class",
    "operator_family",
    "conversion",
    "access_method",
    "transform",
    "text_search_parser",
    "text_search_template",
    "foreign_data_wrapper",
)
NOUNS: dict[str, Noun] = {
    "schema": SCHEMA,
    "extension": EXTENSION,
    "database": DATABASE,
    "table": TABLE,
    "extension_table": others.EXTENSION_TABLE,
    "column": COLUMN,
    "constraint": CONSTRAINT,
    "index": INDEX,
    "policy": POLICY,
    "trigger": TRIGGER,
    "rule": RULE,
    "view": VIEW,
    "matview": MATVIEW,
    "sequence": SEQUENCE,
    "statistics": STATISTICS,
    "function": FUNCTION,
    "type": types.TYPE,
    "domain": types.DOMAIN,
    "event_trigger": EVENT_TRIGGER,
    "publication": PUBLICATION,
    "publication_table": PUBLICATION_TABLE,
    "publication_schema": PUBLICATION_SCHEMA,
    "subscription": others.SUBSCRIPTION,
    "role": ROLE,
    "membership": MEMBERSHIP,
    "role_setting": SETTING,
    "database_setting": SETTING,
    "grant": GRANT,
    "default_acl": DEFAULT_PRIVILEGES,
    "bucket": rows.BUCKET,
    "cron_job": rows.CRON_JOB,
    "migration": rows.MIGRATION,
    "graphql": others.GRAPHQL,
    "security_label": others.SECURITY_LABEL,
    "cast": others.CAST,
    "operator": foreign.OPERATOR,
    "collation": foreign.COLLATION,
    "text_search_configuration": foreign.CONFIGURATION,
    "text_search_dictionary": foreign.DICTIONARY,
    "language": foreign.LANGUAGE,
    "foreign_server": foreign.SERVER,
    "user_mapping": others.USER_MAPPING,
    **dict.fromkeys(_OTHERS, others.OTHER),
    **dict.fromkeys(("edge_function", "auth_setting", "api_setting"), others.OUTSIDE),
}


def noun(key: Key) -> Noun:
    """How to make, drop and alter facts of this kind."""
    return NOUNS.get(key.kind, others.UNKNOWN)


def inside(fact: Fact, catalog: Catalog) -> list[Key]:
    """What takes ``fact`` along when it is dropped, as far as it is there."""
    return [key for key in noun(fact.key).inside(fact, catalog) if key in catalog]


def children_of(catalog: Catalog) -> dict[Key, list[Key]]:
    """What goes along with each fact; found once for a catalog."""
    known: dict[Key, list[Key]] | None = catalog.__dict__.get("_children")
    if known is not None:
        return known
    children: dict[Key, list[Key]] = {}
    catalog.__dict__["_children"] = children
    for fact in catalog.snapshot.facts.values():
        for home in inside(fact, catalog):
            children.setdefault(home, []).append(fact.key)
    return children
