"""Figures of the report: functions from a Dataset or a table to a `Plot`."""
