"""The `flask` commands of the product."""

from __future__ import annotations

import click
from flask import Flask

from liveapp.tasks import schedule


def register(app: Flask) -> None:
    """Adds the commands to the app's command line."""
    app.cli.add_command(run_due)


@click.command("run-due")
def run_due() -> None:
    """The minute's work, by hand: what recurs, and every due job."""
    click.echo(f"{schedule.run_due()} jobs done.")
