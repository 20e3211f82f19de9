"""Devices around devices: series resistance, variability, noise, ageing."""
