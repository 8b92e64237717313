"""How parts of a session wait for each other and for the world: channels, timers, patience, tasks."""
