"""The parts of ``/console/articles``."""
