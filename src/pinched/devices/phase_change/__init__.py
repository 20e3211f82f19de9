"""Phase change: melting, quenching, crystallising, drifting."""
