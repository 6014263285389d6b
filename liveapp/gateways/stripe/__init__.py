"""Stripe: its pages for paying, money back, and its signed events. Card data never comes here.

Every call that does something carries a key made from our own row, so that repeating it does nothing twice
(https://docs.stripe.com/api/idempotent_requests). Amounts are in the currency's own minor units here, and in Stripe's
there.
"""
