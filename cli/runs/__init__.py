"""The commands that write a run, one file each, built as those of `cli/commands` are.

They stop when they are asked to and keep what is finished. Commands do not import each other.
"""
