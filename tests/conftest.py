"""Profiles of the property-based tests: `--hypothesis-profile=noshrink` reports the first failure as it is.

Tests keep nothing between runs: the folder of estimated modes is switched off, for the processes they start too.
"""

import os

from hypothesis import Phase, settings

os.environ["OPTSCALING_CACHE"] = "off"
settings.register_profile("noshrink", phases=[Phase.explicit, Phase.reuse, Phase.generate])
