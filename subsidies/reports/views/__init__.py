"""Pages of money: overview, postings, statements, the public list, performance, what-if."""
