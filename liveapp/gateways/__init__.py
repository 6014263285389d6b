"""The network, one small interface each."""
