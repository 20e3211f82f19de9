"""The behavioural synapse: what a pulse does to a conductance."""
