"""Every single drift that has to be found, ranked and named."""

from __future__ import annotations

from tests.drift.drift import Drift
from tests.drift.lists.buckets import BUCKETS
from tests.drift.lists.columns import COLUMNS
from tests.drift.lists.constraints import CONSTRAINTS
from tests.drift.lists.doors import DOORS
from tests.drift.lists.functions import FUNCTIONS
from tests.drift.lists.grants import GRANTS
from tests.drift.lists.indexes import INDEXES
from tests.drift.lists.jobs import JOBS
from tests.drift.lists.owners import OWNERS
from tests.drift.lists.policies import POLICIES
from tests.drift.lists.publications import PUBLICATIONS
from tests.drift.lists.roles import ROLES
from tests.drift.lists.rows import ROWS
from tests.drift.lists.tables import TABLES
from tests.drift.lists.triggers import TRIGGERS
from tests.drift.lists.types import TYPES
from tests.drift.lists.views import VIEWS

GROUPS: dict[str, list[Drift]] = {
    "rows": ROWS, "policies": POLICIES, "grants": GRANTS, "owners": OWNERS, "roles": ROLES,
    "functions": FUNCTIONS, "views": VIEWS, "triggers": TRIGGERS, "tables": TABLES, "columns": COLUMNS,
    "constraints": CONSTRAINTS, "indexes": INDEXES, "types": TYPES, "publications": PUBLICATIONS,
    "buckets": BUCKETS, "jobs": JOBS, "doors": DOORS,
}  # fmt: skip
MUTATIONS: list[Drift] = [drift for group in GROUPS.values() for drift in group]
