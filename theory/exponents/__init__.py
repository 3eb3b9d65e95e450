"""Exponents."""
