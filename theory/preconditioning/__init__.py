"""Preconditioning."""
