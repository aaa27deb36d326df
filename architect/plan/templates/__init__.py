"""Templates: what a kind of product needs before its spec says a word."""

from __future__ import annotations

from collections.abc import Callable

from architect.errors import UnknownTemplate
from architect.plan.model import AnalyticsStep, EdgeFunction, Origin, Plan, PlannerRecord, Table
from architect.plan.templates import marketplace, saas

#: Templates by name; "blank" starts with nothing.
_TABLES: dict[str, Callable[[], list[Table]]] = {
    "marketplace": marketplace.tables,
    "saas": saas.tables,
    "blank": list,
}
NAMES = tuple(_TABLES)


def template(name: str, *, spec_gate: bool = False, analytics: bool = False) -> Plan:
    """A fresh plan of the template. ``spec_gate`` adds that function, ``analytics`` the Iceberg demo step.

    Raises :class:`architect.errors.UnknownTemplate`.
    """
    if name not in _TABLES:
        raise UnknownTemplate(f"There is no template {ascii(name)[:80]}.")
    functions = [EdgeFunction(slug="drift_check", source="drift_check", origin=Origin.TEMPLATE)]
    if spec_gate:
        functions.append(EdgeFunction(slug="spec_gate", source="spec_gate", origin=Origin.TEMPLATE))
    return Plan(
        template=name,  # type: ignore[arg-type]
        planner=PlannerRecord(kind="reader"),
        tables=_TABLES[name](),
        functions=functions,
        analytics=[AnalyticsStep(origin=Origin.TEMPLATE)] if analytics else [],
    )
