"""The entries, one file a system of the reviews."""
