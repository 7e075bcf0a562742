"""Reference vectors kept beside the checkout: used where they are, never needed by the product."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "reference"


def load_reference(relative_path: str) -> Any:
    """The parsed JSON or YAML file; skips the calling module or test when it is not there."""
    path = REFERENCE / relative_path
    if not path.exists():
        pytest.skip(f"reference file {relative_path} is not beside this checkout", allow_module_level=True)
    with path.open(encoding="utf-8") as stream:
        return json.load(stream) if path.suffix == ".json" else yaml.safe_load(stream)
