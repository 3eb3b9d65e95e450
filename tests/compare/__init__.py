"""Tests of the comparison room, on synthetic runs with known answers."""
