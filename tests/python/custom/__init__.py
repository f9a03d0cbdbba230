"""Custom HTTP: each strategy in a file of its own, with the other side's check, another client's signature, and the rows.

A file that has `ROWS` is found by its being here.
"""

from importlib import import_module
from pkgutil import iter_modules

ROWS = [
    row
    for module in sorted(module.name for module in iter_modules(__path__))
    for row in getattr(import_module(f"{__name__}.{module}"), "ROWS", [])
]
