"""What the figures do not say themselves: why a goal is missed and what would help next, and what pieces of work do more than before.

A sentence stands here only if a profile, a count or a decision shows it. Figures in braces are computed (`facts` in tables.py).
"""

# Why, and what comes next, by the words of a goal.
WHY = {
    "cold": (
        "The empty handler makes no connection. Half of the instructions of a cold signature are the cryptography of its TLS "
        "handshakes ([the parts](#what-a-cold-start-consists-of)), and the kernel adds about as much time again: it maps a binary of "
        "{binary} MB, takes its page faults, and opens the connections.",
        "a template in a form that needs no parsing, written at build time, which is up to a tenth; and a smaller binary.",
    ),
    "cold usual": (
        "The empty handler itself takes {empty of usual} of the usual build's time, and a cold signature also connects to DynamoDB and "
        "KMS.",
        "the same as for the start of a signature, above.",
    ),
    "warm": (
        "A warm signature makes two calls of DynamoDB: it reads the key, and it writes the receipt before anything leaves. The handler "
        "that it is compared with makes one ([the parts](#what-a-warm-signature-consists-of)).",
        "a reader of DynamoDB's JSON that makes rows from the bytes, which is most of the SDK's share and a third of the memory's; and "
        "names of attributes with one or two letters, which halve a row and a receipt.",
    ),
    "peak": (
        "The binary decides it: {binary} MB, of which a signature needs a part ([decision 17](decisions/0017-size.md)).",
        "a program of their own for `send` and `verify` with all their protocols; `sign_request` would then map half as much.",
    ),
    "zip": (
        "The check of tokens, a client for SQS, decoders for what systems send, and every form of a private key came after the code was "
        "made small ([decision 17](decisions/0017-size.md)).",
        "the same as for the peak memory, above.",
    ),
    "openbao": (
        "Most of the CPU goes into what the local stack shares with AWS: the event of API Gateway, JSON on both sides of DynamoDB's "
        "protocol, and SQLite under it. OpenBao calls its storage as a function.",
        "an in-process way to the embedded DynamoDB that skips the protocol's JSON. The functions would then run on something that is "
        "less like AWS, and that is why it was not done.",
    ),
}

# Goals that are missed and that no profile explains: what has to be measured. It is not on the page.
UNEXPLAINED = {
    "openbao p99 of store": "Where the slowest hundredth of stores waits: for the sync of the disk, for SQLite's one writer, or for the "
    "embedded KMS. A trace of a store over 8 connections with the time in each, beside the same with `synchronous=off`.",
    "openbao p99 of sign": "Where the slowest hundredth of signatures waits, as for stores: a receipt is synced to disk, and OpenBao's "
    "HMAC writes its audit line without a sync.",
    "scale create": "Whether a store really takes longer with a million keys: 10 rounds of 5 s on an idle machine. Then the time of the "
    "transaction's parts in SQLite with both sizes (`EXPLAIN QUERY PLAN`, pages read).",
}

# What pieces of work do more than at a commit, where they take over a tenth more.
SINCE = {
    "c6b8c6f76631": {
        "event": "The event has the caller's token, and the function finds it by its SHA-256 among the tokens that it has checked. Before, "
        "it believed what the gateway says of the caller. It also keeps the request's id, its path and the caller's address.",
        "list_keys of 25": "The token is found as for `event`. Last uses are in rows of their own, and one more call of DynamoDB reads "
        "those of the page. Each key shows whether it is disabled, and until when a deleted one can be brought back.",
        "sign_request": "The token is found as for `event`. The read of the key has the caller's row and the account's settings with it, "
        "and the use is held to what these still give. The receipt has the id of the request. Since `8339f93` the digest of the "
        "caller's row is computed too, by which its MAC is remembered.",
        "sign none": "Each use compares the caller with what the rows still give, and looks whether the key is disabled and whether a "
        "login names another server. That is about as much for each way to sign, and this one does little else.",
    },
}
