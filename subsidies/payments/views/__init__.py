"""Pages of disbursements."""
