"""The parts of the administration's pages."""
