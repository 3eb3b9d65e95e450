"""The teacher of the ReLU problem: sum_k k^(-1/2) ReLU(w*_k.x), k = 1..100 (Ramani and Jain 2026, section 2)."""

from __future__ import annotations

import numpy as np

TEACHER_UNITS = 100
TEACHER_OUTPUT: np.ndarray = np.arange(1, TEACHER_UNITS + 1) ** -0.5
