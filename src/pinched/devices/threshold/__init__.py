"""Threshold switches: Mott transitions and thermal runaway."""
