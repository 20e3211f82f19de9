"""Valence change: oxygen vacancies that form, thicken and break a filament."""
