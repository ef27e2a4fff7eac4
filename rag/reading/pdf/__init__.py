"""PDF files: their text page by page, and pages as pictures with words marked."""

from rag.reading.pdf.document import read_pdf
from rag.reading.pdf.picture import PagePicture, picture_page

__all__ = ["PagePicture", "picture_page", "read_pdf"]
