"""No false alarm: random sequences of changes that mean nothing, one after the other on one database.

``ARCHITECT_BENIGN=1000`` runs that many; every sequence has a seed of its own and can be run again alone with
``ARCHITECT_BENIGN_FROM=seed``.
"""

from __future__ import annotations

import os

from architect.drift.model import Severity
from tests.drift.guarded import guarded
from tests.drift.random_benign import sequence

SEQUENCES = int(os.environ.get("ARCHITECT_BENIGN", "40"))
FIRST = int(os.environ.get("ARCHITECT_BENIGN_FROM", "1"))


def test_random_benign_changes_raise_nothing_above_information() -> None:
    told = steps = 0
    with guarded() as healthy, healthy.connect() as connection:
        for seed in range(FIRST, FIRST + SEQUENCES):
            ran = sequence(connection, seed)
            alerts = healthy.check().alerts
            alarms = [alert for alert in alerts if alert.severity is not Severity.INFO]
            assert not alarms, f"seed {seed}: {alarms[0].reason} after {ran}"
            told, steps = told + len(alerts), steps + len(ran)
    print(f"{SEQUENCES} sequences of {steps} changes: nothing above information, {told} times information")
