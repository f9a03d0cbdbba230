"""Stand-ins of the systems that Keyward knows, on 127.0.0.1 and free ports. Each checks what it is sent by itself, with
none of Keyward's code."""

import socket


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
