"""The parts of ``/console/improvements``."""
