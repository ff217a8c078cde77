"""What Trunkline does in figures: speed, memory and accuracy, one command each. Times are given as ratios within one run."""
