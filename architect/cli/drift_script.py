"""The proven fixes of a check as one SQL script, for databases that are restored by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from architect.cli.drift_show import plain
from architect.drift.model import Alert
from architect.drift.report import Report, alert_dict
from architect.errors import InputError


def runnable(alerts: Sequence[Alert]) -> list[Alert]:
    """The alerts whose fixes may be run without a second look: proven, losing nothing, shown as they are."""
    kept = []
    for alert in alerts:
        shown = alert_dict(alert)["fix"]
        if shown is not None and shown["proven"] and shown["automatic"] and shown["sql"]:
            kept.append(alert)
    return kept


def write_script(file: Path, report: Report) -> int:
    """Write the fixes that may be run as one transaction; how many. Raises :class:`InputError`."""
    alerts = runnable(report.alerts)
    parts = [
        "-- Written by architect drift check. Made and proven for the state of the database at",
        f"-- {report.checked_at.isoformat(timespec='seconds')}; when it has changed since, check again.",
        "begin;",
    ]
    for alert in alerts:
        resource = alert.resource
        name = ".".join(filter(None, (resource.schema, resource.name)))
        # One line each, whatever the name: what is behind a line break would be run.
        told = " ".join(plain(f"{alert.severity.value} {alert.type}, {resource.kind} {name}").split())
        assert alert.fix is not None
        parts += ["", f"-- {told}", alert.fix.sql.strip()]
    try:
        file.write_text("\n".join([*parts, "", "commit;", ""]), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from None
    return len(alerts)
