"""A multipart body -> files on disk, as it comes in: never whole in memory, each limit checked while it is read."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio.to_thread
from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from api.limits import Pace
from api.names import clean_name, split_suffix, tell_apart
from api.problems import RefusedRequest
from api.streams import ClientGone
from rag import Staging

FILES_FIELD = "files"
METADATA_FIELD = "metadata"
MEDIA_TYPE = "multipart/form-data"
FIELD_MAX_BYTES = 100_000
FIELDS_MAX = 1000
HEADERS_MAX_BYTES = 16_000
"""Of one part: a long name in any script fits."""
ESCAPED = re.compile(r"%(?:22|0[AaDd])")
"""What browsers write in a name for a character that a header cannot hold (WHATWG HTML, multipart/form-data)."""

Metadata = dict[str, str | int | float | bool]


@dataclass
class ReceivedFile:
    """A file as it came in.

    Attributes:
        source: The name it gets.
        size_bytes: Bytes sent; of one that is too large, what lies beyond the limit was not kept.
        too_large: Whether it is over the limit for a file.
    """

    source: str
    size_bytes: int = 0
    too_large: bool = False


class Form:
    """A multipart form on its way in: its files go to the staging folder, its other fields are kept.

    Attributes:
        files: Those received, in order; their bytes lie in `staging.files`, at the same places.
        fields: Other fields: name and value, in order.
    """

    def __init__(self, content_type: str, staging: Staging, *, file_max_bytes: int, max_files: int) -> None:
        """Take the request's content type, where files go, and the limits.

        Raises:
            RefusedRequest: The content type is not a multipart form's.
        """
        media_type, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if media_type.decode("latin-1") != MEDIA_TYPE or not boundary:
            raise RefusedRequest(
                415,
                "unsupported_media_type",
                f"The body is not {MEDIA_TYPE} with a boundary.",
                remedy=f"Send each file as a part named '{FILES_FIELD}': curl -F {FILES_FIELD}=@report.pdf",
            )
        self.staging = staging
        self.file_max_bytes = file_max_bytes
        self.max_files = max_files
        self.files: list[ReceivedFile] = []
        self.fields: list[tuple[str, str]] = []
        self._disposition = self._name = self._value = b""
        self._field = ""
        self._file: ReceivedFile | None = None
        self._ignored = False
        self._ended = False
        try:
            self._parser = MultipartParser(boundary, self._callbacks(), max_header_size=HEADERS_MAX_BYTES)  # type: ignore[arg-type]
        except FormParserError as error:
            raise malformed(str(error)) from error

    def _callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": self._take_header_name,
            "on_header_value": self._take_header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._take_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body.

        Raises:
            RefusedRequest: It is no form, or over a limit.
            StorageFull: There is no space left for its files.
        """
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise malformed(str(error)) from error

    def finish(self) -> None:
        """Take note that the body is whole.

        Raises:
            RefusedRequest: It ends before the form does.
        """
        self.staging.end_file()
        if not self._ended:
            raise malformed("it ends within a part")

    def _begin_part(self) -> None:
        self._disposition = self._name = self._value = b""
        self._file, self._field, self._ignored = None, "", False

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name = self._value = b""

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._disposition.decode("latin-1"))
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options and self._field == FILES_FIELD:
            self._begin_file(options[b"filename"].decode("utf-8", "replace"))
        elif b"filename" in options or self._field == FILES_FIELD:
            raise malformed(f"files are parts named '{FILES_FIELD}', with a file name", field=self._field[:100])

    def _begin_file(self, filename: str) -> None:
        if not filename:  # what a browser sends where no file was chosen
            self._ignored = True
            return
        if len(self.files) >= self.max_files:
            raise RefusedRequest(
                413,
                "too_many_files",
                f"More than {self.max_files} files were sent at once.",
                field=FILES_FIELD,
                remedy="Send fewer at a time, or raise VOUCH_UPLOAD_MAX_FILES.",
            )
        name = ESCAPED.sub(lambda found: bytes.fromhex(found[0][1:]).decode(), filename)
        source = tell_apart(clean_name(name), {file.source for file in self.files})
        self.staging.begin_file(split_suffix(source)[1])
        self._file = ReceivedFile(source)
        self.files.append(self._file)

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            room = max(self.file_max_bytes + 1 - self._file.size_bytes, 0)
            self._file.size_bytes += end - start
            self._file.too_large = self._file.size_bytes > self.file_max_bytes
            self.staging.write(memoryview(data)[start : min(end, start + room)])
        elif not self._ignored:
            self._value += data[start:end]
            self._require_small()

    def _require_small(self) -> None:
        """Refuse a field that is too long, or one too many.

        Raises:
            RefusedRequest: It is.
        """
        if len(self._value) > FIELD_MAX_BYTES or len(self.fields) >= FIELDS_MAX:
            raise RefusedRequest(
                413,
                "field_too_large",
                f"The form has a field of more than {FIELD_MAX_BYTES} bytes, or more than {FIELDS_MAX} fields.",
                field=self._field[:100],
            )

    def _end_part(self) -> None:
        self.staging.end_file()
        if self._file is None and not self._ignored:
            self._require_small()  # one without a value brings no data
            try:
                self.fields.append((self._field, self._value.decode()))
            except UnicodeDecodeError:
                raise malformed("a field is not UTF-8", field=self._field[:100]) from None
        self._value = b""

    def _end(self) -> None:
        self._ended = True


def malformed(what: str, *, field: str = "") -> RefusedRequest:
    """Return the refusal of a body that is no form."""
    return RefusedRequest(
        422, "bad_form", f"The form cannot be read: {what}.", field=field, remedy="Send multipart/form-data."
    )


async def body_of(request: Request, max_bytes: int, setting: str = "VOUCH_UPLOAD_MAX_BYTES") -> AsyncIterator[bytes]:
    """Yield a request's body as it comes in.

    Raises:
        RefusedRequest: It is larger than the limit, announced or not, or does not come in time.
        ClientGone: The client has left.
    """
    stream, pace = request.stream(), Pace()
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > max_bytes:
        raise too_much(max_bytes, setting)
    while True:
        try:
            data = await pace.next(anext(stream, None), lambda data: len(data or b""))
        except ClientDisconnect:
            raise ClientGone from None
        if data is None:
            return
        if pace.received > max_bytes:
            raise too_much(max_bytes, setting)
        if data:
            yield data


def too_much(max_bytes: int, setting: str) -> RefusedRequest:
    """Return the refusal of a body that is too large."""
    return RefusedRequest(
        413,
        "upload_too_large",
        f"The request is larger than {max_bytes:,} bytes.",
        remedy=f"Send less at a time, or raise {setting}.",
    )


async def receive_form(request: Request, form: Form, max_bytes: int) -> None:
    """Read a request's form to its end; writing its files holds up nobody.

    Raises:
        RefusedRequest: It is no form, over a limit, or has stopped coming.
        StorageFull: There is no space left for its files.
        ClientGone: The client has left.
    """
    async for data in body_of(request, max_bytes):
        await anyio.to_thread.run_sync(form.feed, data)
    form.finish()


def read_metadata(fields: list[tuple[str, str]]) -> Metadata:
    """Return the metadata of a form: a JSON object, or ``key=value`` in as many fields, or lines, as there are keys.

    Raises:
        RefusedRequest: A field has another name, or holds neither.
    """
    metadata: Metadata = {}
    for name, value in fields:
        if name != METADATA_FIELD:
            raise malformed(f"there is a field '{name[:100]}'", field=name[:100])
        metadata |= read_object(value) if value.lstrip().startswith("{") else read_pairs(value)
    return metadata


def read_object(text: str) -> Metadata:
    """Return the metadata that a JSON object holds; whether they can be used, `rag.require_metadata` says."""
    try:
        found = json.loads(text, parse_constant=lambda name: name)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise malformed("the metadata are not a JSON object", field=METADATA_FIELD)
    return found


def read_pairs(text: str) -> Metadata:
    """Return metadata written as lines ``key=value``; ``date`` stays as written, other numbers are numbers."""
    metadata: Metadata = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        key, equals, value = line.partition("=")
        if not equals:
            raise malformed("the metadata are neither a JSON object nor key=value", field=METADATA_FIELD)
        metadata[key.strip()] = value.strip() if key.strip() == "date" else read_value(value.strip())
    return metadata


NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,15})?")
TRUTH = {"true": True, "false": False}


def read_value(text: str) -> str | int | float | bool:
    """Return a number or a truth value for the text of one, and any other text as it is.

    Examples:
        >>> read_value("2023"), read_value("2.5"), read_value("true"), read_value("007"), read_value("2023-01")
        (2023, 2.5, True, '007', '2023-01')
    """
    if NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return TRUTH.get(text, text)
