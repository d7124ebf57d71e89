"""Pictures as PNG, PDF and what else matplotlib writes."""

from __future__ import annotations

import io
from typing import Any

from ._picture import Line, Picture, Rect, Shape, Text
from .errors import UnsupportedError

FORMATS = ("png", "pdf", "jpg", "jpeg", "tif", "tiff", "webp", "eps", "ps")
POINTS = 72.0  # to the inch: one unit of a picture is a point
FINEST = 2.0  # pixels to the unit, where that gives no more than
MOST = 5000.0  # pixels from side to side


def encoded(picture: Picture, kind: str) -> bytes:
    """The picture as a file of one of FORMATS."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as failure:
        raise UnsupportedError(
            f"a net is drawn as {kind} by matplotlib, which is not installed: "
            "pip install libcaffe[plots], or pip install matplotlib; .svg needs nothing"
        ) from failure
    longest = max(picture.width, picture.height)
    pixels = min(FINEST, max(MOST / longest, 1.0))
    figure = Figure(
        figsize=(picture.width / POINTS, picture.height / POINTS),
        dpi=POINTS * pixels,
        facecolor="white",
    )
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, picture.width)
    axes.set_ylim(picture.height, 0)
    for order, shape in enumerate(picture.shapes):
        for artist in _artists(shape):
            artist.set_zorder(order)
            axes.add_artist(artist)
    written = io.BytesIO()
    figure.savefig(written, format=kind)
    return written.getvalue()


def _artists(shape: Shape) -> list[Any]:
    from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
    from matplotlib.path import Path
    from matplotlib.text import Text as Words

    if isinstance(shape, Rect):
        return [
            FancyBboxPatch(
                (shape.x, shape.y),
                shape.width,
                shape.height,
                boxstyle=f"round,pad=0,rounding_size={shape.radius}",
                facecolor=shape.fill,
                edgecolor=(shape.stroke, 0.5),
                linewidth=1,
            )
        ]
    if isinstance(shape, Text):
        return [
            Words(
                shape.x,
                shape.y,
                shape.text,
                fontsize=shape.size,
                fontweight="bold" if shape.bold else "normal",
                color=shape.colour,
                horizontalalignment="center" if shape.centred else "left",
                verticalalignment="baseline",
                parse_math=False,
            )
        ]
    assert isinstance(shape, Line)
    points = [point for step in shape.path for point in step]
    codes = [Path.MOVETO] + [
        code
        for step in shape.path[1:]
        for code in ([Path.LINETO] if len(step) == 1 else [Path.CURVE4] * 3)
    ]
    artists: list[Any] = [
        PathPatch(
            Path(points, codes),
            facecolor="none",
            edgecolor=shape.colour,
            linewidth=shape.width,
        )
    ]
    if shape.tip is not None:
        artists.append(Polygon(shape.tip, closed=True, facecolor=shape.colour, edgecolor="none"))
    return artists
