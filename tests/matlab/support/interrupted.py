"""Sends Ctrl-C to a program: interrupted.py FOLDER FILE PROGRAM [ARGUMENT ...].

The program runs in FOLDER and is interrupted once there is FILE in it. What it says is printed.
"""
from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    folder, file, command = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    # A job in the background begins with Ctrl-C ignored, and would hand that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL)
    while not (folder / file).exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    try:
        print(process.communicate(timeout=300)[0])
    except subprocess.TimeoutExpired:
        process.kill()
        print(process.communicate()[0])
        sys.exit("it went on")


if __name__ == "__main__":
    main()
