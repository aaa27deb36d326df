"""Plan -> migrations: the only code that writes SQL text for an environment.

The same plan gives the same bytes. Every table is born with row level security on and without a grant; what
opens it comes last, so a build that stops half-way leaves everything closed.
"""

from __future__ import annotations

from architect.plan.model import Plan
from architect.plan.rules import ensure
from architect.render.constraints import constraints
from architect.render.functions import functions
from architect.render.grants import grants
from architect.render.helpers import Helpers
from architect.render.migration import Created, Migration
from architect.render.policies import policies
from architect.render.tables import tables
from architect.render.text import NameBook

__all__ = ["Created", "Migration", "render"]


def render(plan: Plan) -> list[Migration]:
    """The migrations of ``plan`` as they are applied: tables, constraints, functions, policies, grants.

    A concern without content is left out. Raises :class:`architect.errors.PlanInvalid` for a plan that breaks
    a rule: nothing unchecked becomes SQL.
    """
    ensure(plan)
    relations = NameBook(t.name for t in plan.tables)
    private = NameBook()
    helpers = Helpers(plan, private)
    steps = [
        tables(plan, relations),
        constraints(plan, relations),
        functions(plan, helpers, private),
        policies(plan, helpers),
        grants(plan),
    ]
    return [step for step in steps if step is not None]
