"""Drift and threshold models: the ideal memristor and its descendants."""
