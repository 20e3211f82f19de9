"""Protocols, the engine that runs them on a device, and the loaders that read the same thing from a lab file."""
