"""The commands, one file each: `optscaling NAME` runs `command` in the file of its name.

A command reads its options, makes one call into theory, sim or compare, and prints; what it needs is imported when it
runs, so that `optscaling --help` stays quick. Commands do not import each other.
"""
