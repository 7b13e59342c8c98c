"""Pure sums of public money: what postings mean to a firm, what a variant costs, what is hidden."""
