"""Files as a way out: whole or not at all, never half-written."""

import os
from pathlib import Path


def write_file(path: Path, content: bytes) -> Path:
    """Write `content` to `path` through a neighbouring temporary file, making folders as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
    return path
