"""``python -m deployments.serve``: runs what Prefect schedules, until SIGINT.

SIGINT is the only clean drain: the runner then finishes the builds it has begun. ``pause_on_shutdown=False``
keeps the schedules on while no runner is there.
"""

from __future__ import annotations

import logging
import time

from prefect import serve

import blocks
from deployments.registry import deployments

log = logging.getLogger("prefect.runner")

#: Builds that one machine runs side by side.
LIMIT = 4
#: Seconds before the next try, when something ended the runner; then it gives up.
BACK_OFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)
#: A runner that worked this long was well: the tries are counted anew.
STABLE_S = 60.0


def main() -> None:
    """Run until SIGINT. The server's bad moments end Prefect's runner, and nobody else would start it again:
    a failed registration does, and so do three polls in a row that get no answer."""
    tries = 0
    while True:
        began = time.monotonic()
        try:
            return run()
        except Exception as error:
            tries = 0 if time.monotonic() - began > STABLE_S else tries
            if tries == len(BACK_OFF_S):
                raise
            log.warning("The runner starts again in %g s: %s", BACK_OFF_S[tries], error)
            time.sleep(BACK_OFF_S[tries])
            tries += 1


def run() -> None:
    """Offer blocks and deployments to the server and run what it schedules."""
    for name in blocks.__all__:
        getattr(blocks, name).register_type_and_schema()  # so that the UI offers them
    serve(*deployments(), pause_on_shutdown=False, limit=LIMIT)


if __name__ == "__main__":
    main()
