"""The live chat: a page that other sites show as a window, a WebSocket behind it, and the files that go with a message."""
