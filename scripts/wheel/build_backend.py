"""meson-python, and what is done to its wheel: see finish() in wheel_file.py."""
from pathlib import Path

from mesonpy import *  # noqa: F403
import mesonpy

from wheel_file import finish


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Build the wheel and finish it; its name."""
    built = mesonpy.build_wheel(wheel_directory, config_settings, metadata_directory)
    return finish(Path(wheel_directory) / built).name
