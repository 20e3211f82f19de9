"""The sections of a report, a file each: from results to what is shown of them."""
