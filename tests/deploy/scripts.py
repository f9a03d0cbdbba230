"""The project's own Python scripts as modules."""

import importlib.util
import sys
from types import ModuleType

from program import ROOT

sys.path.insert(0, str(ROOT / "infra/restore"))


def script(path: str) -> ModuleType:
    """A new module of a script under `infra`, such as `take_over.py`."""
    name = path.removesuffix(".py").replace("/", "_")
    spec = importlib.util.spec_from_file_location(name, ROOT / "infra" / path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded
