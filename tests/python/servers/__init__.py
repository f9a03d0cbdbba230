"""Stand-ins of the systems that Keyward knows. Each checks what it is sent by itself, with none of Keyward's code."""
