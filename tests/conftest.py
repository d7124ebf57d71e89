"""What all Python tests share."""
from __future__ import annotations

import signal

# A job in the background begins with Ctrl-C ignored, and so would the programs it starts; tests that send
# one need it to arrive.
signal.signal(signal.SIGINT, signal.default_int_handler)
