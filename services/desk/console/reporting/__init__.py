"""The parts of ``/console/reports``."""
