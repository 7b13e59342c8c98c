"""What every room stands on: exact numbers, dates, errors, tables, charts and workbooks."""
