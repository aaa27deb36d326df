"""``/v1/projects/{ref}/config`` and ``/postgrest``: settings of an environment's services."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from psycopg.conninfo import conninfo_to_dict

from architect.embedded.platform import query
from architect.embedded.platform.auth import Parts
from architect.embedded.platform.config import AuthSettings, RestSettings, Settings, StorageSettings, split
from architect.embedded.platform.environments import Environment
from architect.embedded.platform.errors import ApiError
from architect.embedded.platform.server import Server
from architect.embedded.realtime.database import MAX_CONNECTIONS
from architect.sql import query as named

router = APIRouter(prefix="/projects/{ref}")
#: Settings of Postgres that the hosted API shows.
POSTGRES = (
    "autovacuum_max_workers", "autovacuum_work_mem", "checkpoint_timeout", "effective_cache_size",
    "hot_standby_feedback", "log_autovacuum_min_duration", "log_checkpoints", "log_connections",
    "log_disconnections", "log_duration", "log_lock_waits", "log_recovery_conflict_waits",
    "log_replication_commands", "log_startup_progress_interval", "log_temp_files",
    "logical_decoding_work_mem", "maintenance_work_mem", "max_connections",
    "max_locks_per_transaction", "max_logical_replication_workers",
    "max_parallel_maintenance_workers", "max_parallel_workers", "max_parallel_workers_per_gather",
    "max_replication_slots", "max_slot_wal_keep_size", "max_standby_archive_delay",
    "max_standby_streaming_delay",
    "max_sync_workers_per_subscription", "max_wal_senders", "max_wal_size", "max_worker_processes",
    "session_replication_role", "shared_buffers", "statement_timeout", "track_activity_query_size",
    "track_commit_timestamp", "wal_keep_size", "wal_sender_timeout", "work_mem",
)  # fmt: skip


@router.get("/config/storage")
async def storage(server: Parts, ref: str) -> dict[str, Any]:
    settings = await server.configs.get(server.environment(ref).ref, StorageSettings)
    return settings.model_dump()


@router.patch("/config/storage")
async def update_storage(server: Parts, ref: str, body: dict[str, Any]) -> None:
    await _change(server, ref, StorageSettings, body)


@router.get("/config/auth")
async def auth(server: Parts, ref: str) -> dict[str, Any]:
    environment = server.environment(ref)
    return _auth(server, environment, await server.configs.get(ref, AuthSettings))


@router.patch("/config/auth")
async def update_auth(server: Parts, ref: str, body: dict[str, Any]) -> dict[str, Any]:
    environment = server.environment(ref)
    return _auth(server, environment, await _change(server, ref, AuthSettings, body))


@router.get("/postgrest")
async def rest(server: Parts, ref: str) -> dict[str, Any]:
    environment = server.environment(ref)
    settings = await server.configs.get(ref, RestSettings)
    return {**_rest(settings), "jwt_secret": environment.keys.jwt_secret}


@router.patch("/postgrest")
async def update_rest(server: Parts, ref: str, body: dict[str, Any]) -> dict[str, Any]:
    environment = server.active(ref)
    schemas = split(str(body.get("db_schema") or ""))
    rows = (await query.run(server.dsn(environment), named("config", "schema_names"), [schemas])).rows
    missing = set(schemas) - {row["nspname"] for row in rows} - {"graphql_public"}
    if missing:
        raise ApiError(400, f"db_schema: there is no schema {', '.join(sorted(missing))}")
    return _rest(await _change(server, ref, RestSettings, body))


@router.get("/config/database/postgres")
async def postgres(server: Parts, ref: str) -> dict[str, Any]:
    dsn = server.dsn(server.active(ref))
    rows = (await query.run(dsn, named("config", "postgres"), [list(POSTGRES)])).rows
    return {row["name"]: _setting(row) for row in rows}


@router.get("/config/database/pooler")
async def pooler(server: Parts, ref: str) -> list[dict[str, Any]]:
    """There is no pooler: clients that ask for one are sent to Postgres itself."""
    environment = server.active(ref)
    target = conninfo_to_dict(server.dsn(environment))
    host, port, user, database = (str(target[name]) for name in ("host", "port", "user", "dbname"))
    # As on hosted, the password is for the reader to fill in.
    url = f"postgresql://{user}:[YOUR-PASSWORD]@{host}:{port}/{database}"
    return [
        {
            "identifier": ref,
            "database_type": "PRIMARY",
            "is_using_scram_auth": True,
            "db_user": user,
            "db_host": host,
            "db_port": int(port),
            "db_name": database,
            "connection_string": url,
            "connectionString": url,
            "default_pool_size": None,
            "max_client_conn": None,
            "pool_mode": "session",
        }
    ]


@router.get("/config/realtime")
async def realtime(server: Parts, ref: str) -> dict[str, Any]:
    """What the server holds every project to; ``None`` for what has no counterpart here."""
    server.environment(ref)
    options = server.realtime.options
    return {
        "private_only": False,
        "connection_pool": MAX_CONNECTIONS,
        "postgres_changes_pool": None,
        "max_concurrent_users": options.max_connections,
        "max_events_per_second": round(options.max_messages_per_s),
        "max_bytes_per_second": None,
        "max_channels_per_client": options.max_channels,
        "max_joins_per_second": round(options.max_joins_per_s),
        "max_presence_events_per_second": round(options.max_presence_per_s),
        "max_payload_size_in_kb": options.max_payload // 1000,
        "suspend": False,
        "admin_suspended_at": None,
        "presence_enabled": False,
    }


async def _change(server: Server, ref: str, kind: type[Settings], body: dict[str, Any]) -> Settings:
    environment = server.environment(ref)
    changed = await server.configs.put(environment.ref, kind, body)
    # The service reads its settings when it starts, which it does with the next request.
    await server.lite.pool.stop(environment.ref)
    return changed


def _auth(server: Server, environment: Environment, settings: AuthSettings) -> dict[str, Any]:
    site_url = settings.site_url or f"http://127.0.0.1:{server.state.platform_port}/p/{environment.ref}"
    # There is nobody here to send mail, so nobody waits for one.
    return {**settings.model_dump(), "site_url": site_url, "mailer_autoconfirm": True}


def _rest(settings: RestSettings) -> dict[str, Any]:
    pool = ("db_pool", "db_pool_acquisition_timeout", "db_pool_max_lifetime", "db_pool_max_idletime")
    return {**settings.model_dump(), **dict.fromkeys(pool)}


def _setting(row: dict[str, Any]) -> Any:
    if row["vartype"] == "bool":
        return row["setting"] == "on"
    if row["vartype"] == "integer" and not row["unit"]:
        return int(row["setting"])
    number, unit = row["setting"], row["unit"]
    if unit and unit not in ("8kB",):
        return f"{number}{unit}"
    return f"{int(number) * 8}kB" if unit == "8kB" else number
