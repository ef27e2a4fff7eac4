"""What of a page's text nobody sees: invisible, without size, or in the colour of what is behind it."""

from __future__ import annotations

import ctypes
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

SIZE_MIN_POINTS = 1.0
"""Smaller type is read by nobody."""
INVISIBLE = 3
"""The text rendering mode that draws nothing (ISO 32000-1, 9.3.6): over the picture of a scanned page it is what a
program has recognised there, and elsewhere it is hidden."""
SCAN_SHARE = 0.5
"""A picture that covers so much of a page may be a scan of it."""
PALE = 245
"""A colour whose parts are all at least this light is looked at where it stands."""
CONTRAST_MIN = 12
"""Levels, of 255, by which the lightest and the darkest point behind a line differ at least where it can be seen."""
SIDE_MAX_PIXELS = 1500


class Sight:
    """Tells what of a page is seen. The page is drawn only where pale text makes it necessary."""

    def __init__(self, page: pypdfium2.PdfTextPage) -> None:
        """Take the page's text."""
        from pypdfium2 import raw as pdfium

        self._text = page
        self._page = page.page
        self._pdfium = pdfium
        self._color = tuple(ctypes.c_uint() for _ in range(4))

    def is_unseen(self, first: int, last: int, size: float) -> bool:
        """Tell whether nobody sees a line, by its first and its last character and the size of its type in points."""
        if 0 < size < SIZE_MIN_POINTS:
            return True
        modes = [self._mode(number) for number in (first, last)]
        if all(mode == INVISIBLE for mode in modes):
            return not self._is_scan
        return all(self._is_pale(number) for number in (first, last)) and self._is_blank(first, last)

    def _mode(self, number: int) -> int:
        """Return the rendering mode of a character."""
        drawn = self._pdfium.FPDFText_GetTextObject(self._text, number)
        mode: int = self._pdfium.FPDFTextObj_GetTextRenderMode(drawn) if drawn else 0
        return mode

    def _is_pale(self, number: int) -> bool:
        """Tell whether a character is as good as white, or lets through what is behind it."""
        if not self._pdfium.FPDFText_GetFillColor(self._text, number, *self._color):
            return False
        red, green, blue, opacity = (part.value for part in self._color)
        return opacity == 0 or min(red, green, blue) >= PALE

    def _is_blank(self, first: int, last: int) -> bool:
        """Tell whether nothing is to be seen where a line stands."""
        height, width = self._drawn.shape
        boxes = [self._text.get_charbox(number, loose=True) for number in (first, last)]
        points = [point for left, bottom, right, top in boxes for point in ((left, bottom), (right, top))]
        places = [self._to_pixels(x, y, width, height) for x, y in points]
        across, down = zip(*places, strict=True)
        seen = self._drawn[max(min(down), 0) : max(down) + 1, max(min(across), 0) : max(across) + 1]
        return seen.size == 0 or int(seen.max()) - int(seen.min()) < CONTRAST_MIN

    def _to_pixels(self, x: float, y: float, width: int, height: int) -> tuple[int, int]:
        """Return a point of the page in pixels of its picture."""
        across, down = ctypes.c_int(), ctypes.c_int()
        self._pdfium.FPDF_PageToDevice(self._page, 0, 0, width, height, 0, x, y, across, down)
        return across.value, down.value

    @cached_property
    def _drawn(self) -> Picture:
        """The page as a picture, a point a pixel, in shades of grey."""
        scale = min(1.0, SIDE_MAX_PIXELS / max(*self._page.get_size(), 1.0))
        bitmap = self._page.render(scale=scale, grayscale=True)
        try:
            pixels: Picture = bitmap.to_numpy().copy().squeeze()
            return pixels if pixels.ndim == 2 else pixels.reshape(*pixels.shape[:2], -1).min(axis=2)
        finally:
            bitmap.close()

    @cached_property
    def _is_scan(self) -> bool:
        """Whether a picture covers so much of the page that it may be a scan of it."""
        width, height = self._page.get_size()
        for drawn in self._page.get_objects(filter=[self._pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
            left, bottom, right, top = drawn.get_bounds()
            if (right - left) * (top - bottom) > SCAN_SHARE * width * height:
                return True
        return False
