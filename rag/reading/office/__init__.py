"""Office documents: text, slides and sheets, of Microsoft Office and of the OpenDocument format."""

from rag.reading.office import opendocument, sheets, slides, word
from rag.reading.office.opendocument import read_opendocument
from rag.reading.office.sheets import read_sheets
from rag.reading.office.slides import read_slides
from rag.reading.office.word import read_word

__all__ = ["VERSIONS", "read_opendocument", "read_sheets", "read_slides", "read_word"]

VERSIONS = (opendocument.VERSION, sheets.VERSION, slides.VERSION, word.VERSION)
"""Names and versions of these readers."""
