"""How a served compound is doing: stages, collection, its own book, inspections, assessments."""
