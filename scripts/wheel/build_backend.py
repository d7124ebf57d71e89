"""meson-python, with one change: the wheel is for every Python.

The package reaches the library through cffi's ABI mode, so nothing in the wheel depends on the
interpreter that built it; meson-python, seeing compiled files, names that interpreter in the wheel's tag.
"""
import subprocess
import sys
from pathlib import Path

from mesonpy import *  # noqa: F403
import mesonpy


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Build the wheel, then name it py3-none-PLATFORM."""
    built = mesonpy.build_wheel(wheel_directory, config_settings, metadata_directory)
    retag = [sys.executable, "-m", "wheel", "tags", "--python-tag", "py3", "--abi-tag", "none", "--remove"]
    done = subprocess.run([*retag, str(Path(wheel_directory) / built)], check=True, capture_output=True, text=True)
    return done.stdout.split()[-1]
