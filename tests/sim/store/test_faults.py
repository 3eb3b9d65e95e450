"""Disks that refuse and damaged files, one fault in seven of `benchmarks/faults.py`: told, and nothing is lost."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

FAULTS = Path(__file__).parents[3] / "benchmarks" / "faults.py"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="pipes and locks as Linux has them")
def test_no_fault_loses_a_finished_cell() -> None:
    spec = spec_from_file_location("faults", FAULTS)
    assert spec is not None
    assert spec.loader is not None
    faults = module_from_spec(spec)
    spec.loader.exec_module(faults)
    tally = faults.run_faults(every=7, writers=1)
    assert tally.faults == []
    assert tally.counts["refusals"] > 10
    assert tally.counts["damages mended"] > 5
    assert tally.counts["pairs of writers"] == 1
