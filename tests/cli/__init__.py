"""Tests of the command line: what is printed, what is written, and how bad input is answered."""
