"""Pages of accruals."""
