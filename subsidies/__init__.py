"""The subsidies wing: public money. Its rooms open with the first programme."""
