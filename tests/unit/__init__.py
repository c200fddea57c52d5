"""Single modules, without sockets."""
