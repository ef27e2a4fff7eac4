#!/usr/bin/env bash
# Makes the files of this folder anew from sources/, with LibreOffice and pandoc. What they hold is fixed by the tests.
set -euo pipefail
cd "$(dirname "$0")"
convert() { soffice --headless --convert-to "$1" --outdir "$2" "$3" >/dev/null; }
locked='{"EncryptFile":{"type":"boolean","value":"true"},"DocumentOpenPassword":{"type":"string","value":"secret"}}'
convert pdf:writer_pdf_Export . sources/report.fodt
scratch=$(mktemp -d)
convert "pdf:writer_pdf_Export:$locked" "$scratch" sources/report.fodt
mv "$scratch/report.pdf" encrypted.pdf
rm -r "$scratch"
convert docx . sources/report.fodt
convert odt . sources/report.fodt
pandoc -o talk.pptx sources/talk.md
convert odp . talk.pptx
convert xlsx . sources/budget.fods
convert ods . sources/budget.fods
pandoc -o book.epub sources/book.md
pandoc -s -o book.html sources/book.md
pandoc -o book.docx sources/book.md
