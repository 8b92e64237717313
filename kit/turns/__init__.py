"""Turn taking as pure logic: events and times in, decisions out. Nothing here waits, and nothing reads a clock."""
