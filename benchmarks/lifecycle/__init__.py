"""The lifecycle of a session, measured for the starter and its peers: see the README beside."""
