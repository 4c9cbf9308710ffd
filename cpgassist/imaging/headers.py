"""What a picture's own headers and codes declare, read by us before a decoder works or makes room for it."""

from __future__ import annotations

import re
from itertools import pairwise

_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)
"""A JPEG marker that ends a run of coded pixels."""
_SCAN, _END = 0xDA, 0xD9
_ALONE = frozenset((0x01, 0xD8))
"""Markers without a length."""


def webp_size(content: bytes) -> tuple[int, int]:
    """Width and height of a WebP; (0, 0) where the header makes no sense and the decoder will say so."""
    chunk, body = content[12:16], content[20:30]
    if len(body) < 10:
        return 0, 0
    if chunk == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def jpeg_scans(content: bytes) -> int:
    """How many passes over the picture a JPEG makes, up to its end; what follows it or stands in a segment counts not."""
    scans, at = 0, 2
    while found := _MARKER.search(content, at):
        marker, at = found[1][0], found.end()
        if marker == _END:
            break
        scans += marker == _SCAN
        if marker not in _ALONE:
            at += max(2, int.from_bytes(content[at : at + 2], "big"))
    return scans


def rle_fits(frame: bytes, most: int) -> bool:
    """Whether a frame of DICOM's run lengths unpacks to at most so many bytes; stops counting there."""
    count = min(15, int.from_bytes(frame[:4], "little"))
    starts = [int.from_bytes(frame[4 + 4 * at : 8 + 4 * at], "little") for at in range(count)]
    made = 0
    for start, end in pairwise([*starts, len(frame)]):
        at = start
        while at < end:
            code = frame[at]
            if code < 128:
                made, at = made + code + 1, at + code + 2
            elif code > 128:
                made, at = made + 257 - code, at + 2
            else:
                at += 1
            if made > most:
                return False
    return True
