"""Extensions, foreign servers, settings and other doors."""

from __future__ import annotations

from tests.drift.drift import QUALITY, SERIOUS, Drift

DOORS = [
    Drift("extension dropped", "drop extension unaccent", "extension_*", SERIOUS, "unaccent"),
    Drift("extension added", "create extension cube", "extension_*", QUALITY + " info", "cube"),
    Drift(
        "extension moved",
        "alter extension hstore set schema public",
        "extension_*",
        SERIOUS + " low",
        "hstore",
    ),
    Drift(
        "extension version",
        "update pg_extension set extversion = '0.9' where extname = 'hstore'",
        "extension_*",
        "info low",
        "hstore",
        fixable=False,
    ),
    Drift(
        "new foreign server",
        """create server evil foreign data wrapper postgres_fdw options (host 'evil.invalid')""",
        "other_* foreign_* server_* object_*",
        SERIOUS,
        "evil",
    ),
    Drift(
        "foreign server elsewhere",
        "alter server warehouse options (set host 'evil.invalid')",
        "other_* foreign_* server_* object_*",
        SERIOUS,
        "warehouse",
    ),
    Drift(
        "user mapping for everybody",
        "create user mapping for public server warehouse options (user 'x')",
        "other_* foreign_* user_mapping_* object_*",
        SERIOUS,
        "warehouse",
    ),
    Drift(
        "new language",
        "create language va_lang handler plpgsql_call_handler",
        "other_* language_* object_*",
        SERIOUS,
        "va_lang",
    ),
    Drift(
        "subscription",
        """create subscription va_pull connection 'host=evil.invalid dbname=x'
          publication p with (connect = false, slot_name = none)""",
        "other_* subscription_* object_*",
        SERIOUS,
        "va_pull",
        undo="drop subscription va_pull",
    ),
    Drift(
        "database setting",
        "do $$ begin execute format('alter database %I set row_security = off', current_database()); end $$",
        "database_setting*",
        QUALITY,
        "row_security",
    ),
    Drift(
        "exposure by the database",
        "do $$ begin execute format('alter database %I set pgrst.db_schemas = ''public,"
        " private''', current_database()); end $$",
        "database_setting* exposure_changed",
        SERIOUS,
        "pgrst.db_schemas",
    ),
    Drift(
        "graphql comment",
        "comment on schema private is '@graphql({\"inflect_names\": true})'",
        "graphql_* other_* comment_* exposure_changed object_*",
        QUALITY + " info",
        "private",
    ),
    Drift(
        "security label of a table",
        'comment on table public.tasks is e\'@graphql({"totalCount": {"enabled": true}})\'',
        "graphql_* other_* comment_* exposure_changed object_*",
        QUALITY + " info",
        "tasks",
    ),
    Drift(
        "foreign wrapper dropped",
        "drop extension postgres_fdw cascade",
        "extension_missing",
        SERIOUS + " critical",
        "postgres_fdw",
        fixable=False,
    ),
    Drift(
        "user mapping gone",
        "drop user mapping for reporting server warehouse",
        "user_mapping_* other_*",
        QUALITY,
        "warehouse",
        fixable=False,
    ),
    Drift("extension in public", "create extension dblink", "extension_extra", QUALITY, "dblink"),
]
