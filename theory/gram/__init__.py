"""Gram."""
