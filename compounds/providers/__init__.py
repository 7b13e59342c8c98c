"""Companies and other bodies that can serve a compound, and their answers to invitations."""
