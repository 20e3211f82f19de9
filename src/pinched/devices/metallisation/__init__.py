"""Electrochemical metallisation: Ag and Cu filaments, lasting and diffusive."""
