"""The rules of the business as functions of values: no database, no web, no clock, no randomness.

`now` is always an argument, and every datetime that comes in or goes out is aware UTC.
"""
