"""What selects a cell of an array: transistors, diodes, threshold switches, tunnel barriers."""
