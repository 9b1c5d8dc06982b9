"""The student's side: what a notebook needs to be checked and to explain itself."""
