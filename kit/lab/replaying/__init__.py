"""The parts of a replay: what a recording tells (`course`, `answers`), the models that tell it again (`models`,
`voices`), and who calls for it in time (`conductor`)."""
