"""The optimiser, pure of Django: numpy arrays in, a plan out.

`inputs` is what is known of a district; `district` derives from it, under dials, the arcs a plan
may choose; `annealing` finds plans, `bounding` says how good a plan could be at most, `checking`
re-evaluates every rule of a plan in plain Python, `offices` plans as a careful office does by hand.
"""
