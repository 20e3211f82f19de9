"""High-entropy oxides: disordered vacancy drift, and a phase transition."""
