"""Text on its way to the voice: cut into sentences, and respelled where a word is said differently. Pure, no I/O."""
