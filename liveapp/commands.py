"""The `flask` commands of the product."""

from __future__ import annotations

import click
from flask import Flask

from liveapp.domain import invariants
from liveapp.gateways import reconciling
from liveapp.gateways.stripe import client
from liveapp.web import clock


def register(app: Flask) -> None:
    """Adds the commands to the app's command line."""
    for command in (run_due, check_invariants, compare_books, demo):
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
    if client.is_on():
        found["I7 books agree"] = _differences()
    for number, sentences in found.items():
        click.echo(f"{number}: {'holds' if not sentences else f'{len(sentences)} violations'}")
        for sentence in sentences[:20]:
            click.echo(f"  {sentence}")
    if any(found.values()):
        raise SystemExit(1)


def _differences() -> list[str]:
    """I7: what is here and what is with Stripe, both ways."""
    try:
        return [each.words for each in reconciling.differences(now=clock.now())]
    except (client.StripeAway, client.StripeRefused) as error:
        return [f"Stripe couldn't be asked: {error}"]


@click.command("reconcile")
@click.option("--days", type=click.IntRange(1, 366), default=reconciling.DAYS, show_default=True, help="How far back.")
def compare_books(days: int) -> None:
    """Our books against Stripe's: mends what is safe, and names what is left; ends with 1 when something is."""
    if not client.is_on():
        click.echo("Payments by card are off here: there is nothing to compare.")
        return
    try:
        outcome = reconciling.reconcile(now=clock.now(), days=days)
    except (client.StripeAway, client.StripeRefused) as error:
        raise click.ClickException(f"Stripe couldn't be asked: {error}") from error
    for heading, differences in (("mended", outcome.mended), ("left for a person", outcome.left)):
        click.echo(f"{len(differences)} {heading}")
        for difference in differences:
            click.echo(f"  {difference.words}")
    if outcome.left:
        raise SystemExit(1)


@click.command("demo")
def demo() -> None:
    """A studio, a tutor and a school to try everything on, with people to sign in as."""
    from liveapp.dev.demo import fill  # never loaded in production

    fill(clock.now())
    click.echo("The demo is in place: sign in as ada@example.com with demo-demo-demo.")
