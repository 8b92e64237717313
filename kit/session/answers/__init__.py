"""What the agent answers: attempts and replies, by an LLM and its tools."""
