"""Pictures of endpoints and rooms, for whoever is called or found: a sign, nobody's face."""

from __future__ import annotations

import io
from functools import lru_cache

SMALLEST, LARGEST = 16, 1024
# The portal's own colours, and how many times finer than asked it is drawn.
GROUND, LINE = (11, 79, 108), (255, 255, 255)
FINER = 4

type Box = tuple[float, float, float, float]
# Boxes on a square of 1: outlines, then filled ones.
SIGNS: dict[str, tuple[tuple[Box, ...], tuple[Box, ...]]] = {
    "endpoint": (
        ((0.22, 0.28, 0.78, 0.62),),
        ((0.47, 0.62, 0.53, 0.72), (0.36, 0.70, 0.64, 0.74)),
    ),
    "room": (
        ((0.34, 0.22, 0.66, 0.76),),
        ((0.57, 0.48, 0.61, 0.54), (0.26, 0.74, 0.74, 0.78)),
    ),
}


@lru_cache(maxsize=64)
def picture(what: str, width: int, height: int) -> bytes:
    """Return a JPEG of exactly this size with the sign of an endpoint or a room."""
    # Few workers are ever asked for one: Pillow is not loaded before.
    from PIL import Image, ImageDraw  # noqa: PLC0415

    side = min(width, height) * FINER
    image = Image.new("RGB", (width * FINER, height * FINER), GROUND)
    draw = ImageDraw.Draw(image)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    outlined, filled = SIGNS[what]

    def placed(box: Box) -> list[float]:
        x0, y0, x1, y1 = box
        return [left + x0 * side, top + y0 * side, left + x1 * side, top + y1 * side]

    for box in outlined:
        draw.rounded_rectangle(placed(box), side * 0.03, outline=LINE, width=round(side * 0.04))
    for box in filled:
        draw.rectangle(placed(box), fill=LINE)
    body = io.BytesIO()
    image.resize((width, height), Image.Resampling.LANCZOS).save(body, "JPEG", quality=90)
    return body.getvalue()
