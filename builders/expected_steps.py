"""Print the steps that the warning chain decides for a history, as its `[[expected]]` tables.

    python builders/expected_steps.py NAME

The output is to be read against the history's sources before it is put into its file: it is what is, not what
should be.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.tell.replaying import Replay

from launchwatch.simulate.histories import load_history

NAMES = ("audience", "stage", "at_utc", "release", "places", "fall_utc", "references")


def table(told):
    """Return one step as a TOML table; what is not told is left out."""
    lines = ["[[expected]]"]
    for name, value in zip(NAMES, told, strict=True):
        if name == "places":
            lines.append("places = [" + ", ".join(f'"{one}"' for one in value) + "]")
        elif name == "references":
            lines.append(f"references = {value}")
        elif value is not None:
            lines.append(f'{name} = "{value}"')
    return "\n".join(lines)


if __name__ == "__main__":
    print("\n\n".join(table(told) for told in Replay(load_history(sys.argv[1])).told()))
