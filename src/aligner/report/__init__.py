"""Reports: each module writes one format, and each report is a function of the Analysis alone."""
