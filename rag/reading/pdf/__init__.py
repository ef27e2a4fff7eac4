"""PDF files: their text page by page, and pages as pictures with words marked."""

from rag.reading.pdf.document import VERSION, read_pdf
from rag.reading.pdf.picture import PagePicture, picture_page

__all__ = ["VERSION", "PagePicture", "picture_page", "read_pdf"]
