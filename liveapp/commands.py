"""The `flask` commands of the product."""

from __future__ import annotations

import click
from flask import Flask

from liveapp.domain import invariants
from liveapp.web import clock


def register(app: Flask) -> None:
    """Adds the commands to the app's command line."""
    for command in (run_due, check_invariants, demo):
        app.cli.add_command(command)


@click.command("run-due")
def run_due() -> None:
    """The minute's work, by hand: what recurs, and every due job."""
    from liveapp.tasks import schedule  # importing it earlier would load the scheduler into every process

    click.echo(f"{schedule.run_due()} jobs done.")


@click.command("check-invariants")
def check_invariants() -> None:
    """What must be true at every moment, checked; ends with 1 when something isn't."""
    found = invariants.violations(now=clock.now())
    for number, sentences in found.items():
        click.echo(f"{number}: {'holds' if not sentences else f'{len(sentences)} violations'}")
        for sentence in sentences[:20]:
            click.echo(f"  {sentence}")
    if any(found.values()):
        raise SystemExit(1)


@click.command("demo")
def demo() -> None:
    """A studio, a tutor and a school to try everything on, with people to sign in as."""
    from liveapp.dev.demo import fill  # never loaded in production

    fill(clock.now())
    click.echo("The demo is in place: sign in as ada@example.com with demo-demo-demo.")
