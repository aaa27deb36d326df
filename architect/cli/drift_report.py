"""The result of a check for people: in five seconds what is wrong, why, and what to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from architect.cli.drift_script import runnable
from architect.cli.drift_show import counts_line, list_alerts, plain, show_alert
from architect.drift.report import SENTINEL_BLIND, Outcome, Report
from architect.plan.show.words import counted

#: Alerts in the table: who has more than that reads the worst ones first.
LISTED = 25
HEADS = {
    Outcome.NO_DRIFT: ("✓ no drift", "bold green"),
    Outcome.DRIFT: ("DRIFT", "bold red"),
    Outcome.BLIND: ("BLIND", "bold red"),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked, as the commands that come next name it: a session, or a file and a place."""

    session: str | None
    baseline: str
    place: str


def show_report(console: Console, report: Report, checked: Checked, *, full: bool = False) -> None:
    """How bad it is, every alert in two lines, the worst (or ``full``, each) in full, and what to run."""
    console.print(_head(report, checked), soft_wrap=True)
    for spot in report.blind if report.error is None else ():
        console.print(Text(f"not seen: {plain(spot.what)}: {plain(spot.why)}", "dim"), soft_wrap=True)
    if report.error is not None:
        _show_failure(console, report)
        return
    alerts = report.to_dict()["alerts"]
    if alerts and not full:
        console.print()
        list_alerts(console, alerts[:LISTED], ids=checked.session is not None)
        if alerts[LISTED:]:
            rest = counts_line(Counter(alert.severity for alert in report.alerts[LISTED:]))
            console.print(Text("… and ", "dim").append_text(rest))
    for alert in alerts if full else alerts[: int(report.drift)]:
        console.print()
        show_alert(console, alert)
    steps = list(_steps(report, checked, full=full)) if alerts else []
    if steps:
        console.print()
    for label, command in steps:
        console.print(Text.assemble((f"{label:<9}", "dim"), command), soft_wrap=True)


def _head(report: Report, checked: Checked) -> Text:
    word, style = HEADS[report.outcome]
    line = Text(word, style).append("  ", "")
    if report.error is None:
        line.append_text(counts_line(report.counts()))
    against = "" if checked.session else f" against {plain(checked.baseline)}"
    if report.error is None:
        told = f" {counted(report.compared, 'fact')} compared{against} in {report.seconds:.2f} s"
        line.append(told.lstrip() if not report.alerts else told, "dim")
    return line


def _show_failure(console: Console, report: Report) -> None:
    error = report.error
    assert error is not None
    console.print(Text(plain(report.alerts[0].reason), "bold"), soft_wrap=True)
    console.print(Text.assemble(("error  ", "dim"), error.code), soft_wrap=True)
    if error.hint:
        console.print(Text.assemble(("try    ", "dim"), plain(error.hint)), soft_wrap=True)


def _steps(report: Report, checked: Checked, *, full: bool) -> Iterator[tuple[str, str]]:
    session, several = checked.session, len(report.alerts) > 1
    if session is not None:
        first = report.alerts[0]
        if several and not full:
            yield "look", f"architect drift show {session} {report.alerts[1].id[:8]}"
        if first.fix is not None and first.fix.proven and first.fix.automatic:
            yield "restore", f"architect drift restore {session} {first.id[:8]}"
        if first.type != SENTINEL_BLIND:
            yield "accept", f"architect drift accept {session} {first.id[:8]}"
        return
    options = f"--baseline {checked.baseline}{checked.place}"
    if several and not full:
        yield "look", f"architect drift check {options} --full"
    if runnable(report.alerts):
        yield "restore", f"architect drift check {options} --fix restore.sql, and then psql -f restore.sql"
    yield "accept", f"architect drift baseline -o {checked.baseline}{checked.place}"
