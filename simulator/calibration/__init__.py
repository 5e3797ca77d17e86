"""How near a simulated county comes to published figures, measured from its written folder alone."""

from simulator.calibration.compare import Comparison, calibrate
from simulator.calibration.page import calibration_page

__all__ = ["Comparison", "calibrate", "calibration_page"]
