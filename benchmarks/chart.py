"""The bar chart of ratios: our time by the best peer's, net by net."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nets
import report

COLOURS = {"caffe": "#8fb3d9", "caffe optimize": "#1f5a99"}
INK, GRID = "#333333", "#dddddd"


def panel(axes: Any, results: dict[str, Any], rows: list[dict[str, Any]], title: str) -> None:
    """Horizontal bars, a group for each row."""
    ours = [name for name in report.OURS if any(name in row["engines"] for row in rows)]
    height = 0.8 / len(ours)
    labels = []
    for place, row in enumerate(rows):
        best = results["engines"][report.best_peer(row)]["title"]
        labels.append(f"{nets.title(row['net'])}, batch {row['batch']}\n(best peer: {best})")
        for i, name in enumerate(ours):
            value = report.ratios(row).get(name)
            if value is None:
                continue
            y = place + (i - (len(ours) - 1) / 2) * height
            axes.barh(y, value, height * 0.92, color=COLOURS[name])
            axes.annotate(
                f"{value:.2f}",
                (value, y),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=INK,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            )
    axes.axvline(1, color=INK, linewidth=1.2, zorder=2)
    axes.set_yticks(range(len(rows)), labels, fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.tick_params(length=0, labelsize=8, colors=INK)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def draw(results: dict[str, Any], path: Path) -> None:
    """Writes the picture; rows without a peer are not in it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.patches import Patch

    panels = [
        (title, [row for row in results[kind] if report.best_peer(row)])
        for kind, title in (("inference", "Inference"), ("training", "Training step"))
    ]
    panels = [(title, rows) for title, rows in panels if rows]
    if not panels:
        path.unlink(missing_ok=True)
        return
    heights = [len(rows) for _, rows in panels]
    figure, axes = pyplot.subplots(
        len(panels),
        figsize=(8, 1.6 + 0.52 * sum(heights)),
        height_ratios=heights,
        squeeze=False,
        sharex=True,
        layout="constrained",
    )
    for one, (title, rows) in zip(axes[:, 0], panels):
        panel(one, results, rows, title)
        one.tick_params(labelbottom=True)
    longest = max(
        1.0, *(x for _, rows in panels for row in rows for x in report.ratios(row).values())
    )
    axes[0, 0].set_xlim(0, 1.1 * longest)
    axes[-1, 0].set_xlabel("time by the best peer's: left of 1 is faster", fontsize=9, color=INK)
    shown = [name for name in report.OURS if name in results["engines"]]
    patches = [Patch(color=COLOURS[name]) for name in shown]
    titles = [results["engines"][name]["title"] for name in shown]
    figure.suptitle("Our time by the best peer's", fontsize=12, x=0.02, ha="left")
    figure.legend(patches, titles, loc="upper right", frameon=False, fontsize=9, ncols=2)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
