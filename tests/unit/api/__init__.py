"""The API client, tried without sockets."""
