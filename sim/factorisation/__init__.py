"""Factorisation."""
