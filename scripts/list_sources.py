"""Print the .cpp files below the folders named, one a line, relative to the first argument."""
import sys
from pathlib import Path

root = Path(sys.argv[1])
for folder in sys.argv[2:]:
    for path in sorted((root / folder).rglob("*.cpp")):
        print(path.relative_to(root))
