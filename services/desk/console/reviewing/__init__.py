"""The parts of ``/console/reviews``."""
