"""A broken rule, named."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    #: Stable word, for programs and for a planner that repairs its plan.
    code: str
    #: Where in the plan, as ``tables[2].columns[0].type``.
    path: str
    #: What is wrong and what to do.
    message: str

    def to_dict(self) -> dict[str, str]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.path}: {self.message} [{self.code}]"
