"""Records, tried without a server: handlers are called with a made-up request."""
