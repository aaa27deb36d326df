"""One judge for each kind of fact: what a change of it means to attackers and users."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from architect.drift.change import Change, Verdict
from architect.drift.kinds import (
    column,
    constraint,
    default_privileges,
    function,
    generic,
    grant,
    objects,
    outside,
    policy,
    publication,
    rare,
    role,
    rows,
    setting,
    table,
    trigger,
    view,
)
from architect.drift.world import World

Judge = Callable[[Change, World], list[Verdict]]

_RARE = ("foreign_server", "foreign_data_wrapper", "user_mapping", "subscription", "language")
_JUDGES: Mapping[str, Judge] = {
    **dict.fromkeys(_RARE, rare.judge),
    "api_setting": outside.judge_api,
    "auth_setting": outside.judge_auth,
    "bucket": rows.judge_bucket,
    "column": column.judge,
    "constraint": constraint.judge,
    "cron_job": rows.judge_cron,
    "database": objects.judge_database,
    "database_setting": setting.judge,
    "default_acl": default_privileges.judge,
    "domain": objects.judge_type,
    "edge_function": outside.judge_edge_function,
    "event_trigger": trigger.judge,
    **dict.fromkeys(
        ("foreign_server", "foreign_data_wrapper", "user_mapping", "subscription", "language"), rare.judge
    ),
    "extension": objects.judge_extension,
    "extension_table": objects.judge_extension_table,
    "function": function.judge,
    "grant": grant.judge,
    "index": constraint.judge_index,
    "matview": view.judge,
    "membership": role.judge_membership,
    "migration": rows.judge_migration,
    "policy": policy.judge,
    "publication": publication.judge,
    "publication_schema": publication.judge_schema,
    "publication_table": publication.judge_table,
    "role": role.judge,
    "role_setting": setting.judge,
    "rule": trigger.judge,
    "schema": objects.judge_schema,
    "sequence": objects.judge_sequence,
    "statistics": objects.judge_statistics,
    "table": table.judge,
    "trigger": trigger.judge,
    "type": objects.judge_type,
    "view": view.judge,
}


def judge(change: Change, world: World) -> list[Verdict]:
    """What ``change`` means, in one verdict or more; none only for what its judge knows to be harmless."""
    return _JUDGES.get(change.key.kind, generic.judge)(change, world)
