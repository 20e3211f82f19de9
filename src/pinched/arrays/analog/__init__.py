"""The analog matrix-vector engine: weights on conductances, voltages in, currents out, converters at both ends."""
