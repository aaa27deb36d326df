"""``python -m deployments.serve``: runs what Prefect schedules, until SIGINT.

SIGINT is the only clean drain: the runner then finishes the builds it has begun. ``pause_on_shutdown=False``
keeps the schedules on while no runner is there.
"""

from __future__ import annotations

from prefect import serve

import blocks
from deployments.registry import deployments

#: Builds that one machine runs side by side.
LIMIT = 4


def main() -> None:
    for name in blocks.__all__:
        getattr(blocks, name).register_type_and_schema()  # so that the UI offers them
    serve(*deployments(), pause_on_shutdown=False, limit=LIMIT)


if __name__ == "__main__":
    main()
