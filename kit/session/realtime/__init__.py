"""A session whose model hears and speaks by itself, in the place of the pipeline of recogniser, LLM and TTS."""
