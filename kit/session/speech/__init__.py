"""What the agent says, from a text to the loudspeaker: one speech at a time, and what was heard of it."""
