"""A Stripe to talk to on this machine: for development and tests, never imported in production.

It is written from Stripe's public documentation; docs/stripe-simulator.md says what it does and what it leaves out.
"""

from liveapp.dev.stripe_simulator.simulator import Simulator

__all__ = ["Simulator"]
