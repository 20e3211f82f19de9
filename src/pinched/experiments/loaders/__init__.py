"""From a lab file to arrays: open it, read its tables, name its columns, recognise what was measured."""
