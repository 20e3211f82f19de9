"""Interface-type switching: ions that shift a barrier over the whole area."""
