"""Who speaks when: the decisions of `kit.turns`, given the time and carried out."""
