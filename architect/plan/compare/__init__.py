"""What differs between two plans, in words: tables, columns, keys, and who may do what."""

from __future__ import annotations

from architect.plan.compare.difference import Change, Difference
from architect.plan.compare.plans import compare
from architect.plan.compare.show import difference_lines

__all__ = ["Change", "Difference", "compare", "difference_lines"]
