"""PDFs made to stop, blow up or crash their reader, written when a test asks for them: each is small on disk.

Every function gives the bytes of one file. A good page stands first in those whose name ends in `_page`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

WORDS = b"BT /F1 12 Tf 72 720 Td (The bell is rung when the water stands high at the gate.) Tj ET"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def pdf(objects: Mapping[int, bytes], root: int = 1, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, its cross-reference table right."""
    made = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(made)
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(made), max(objects) + 1
    made += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        made += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    made += b"trailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, root, trailer, start)
    return bytes(made)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """A stream object with its true length."""
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), entries, content)


def packed(content: bytes, entries: bytes = b"") -> bytes:
    """A compressed stream object."""
    return stream(zlib.compress(content, 9), b"/Filter/FlateDecode" + entries)


def zeros(count: int, unit: bytes = b"\0" * 1_000_000) -> bytes:
    """`count` times a unit, compressed without being held in memory."""
    packer = zlib.compressobj(1)
    return b"".join([*(packer.compress(unit) for _ in range(count)), packer.flush()])


def pages(
    *contents: bytes, resources: bytes = b"", box: bytes = b"0 0 595 842", more: Mapping[int, bytes] = {}
) -> bytes:
    """A PDF with a page for each content stream; objects 3 (font) and those from 100 on may be named in resources."""
    kids = b" ".join(b"%d 0 R" % (10 + 2 * i) for i in range(len(contents)))
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(contents), kids),
        3: FONT,
    }
    for i, content in enumerate(contents):
        objects[10 + 2 * i] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>%s>>>>"
            % (box, 11 + 2 * i, resources)
        )
        objects[11 + 2 * i] = content
    return pdf(objects | dict(more))


def text_of_20_mb() -> bytes:
    """One page of 20 million letters, 30 kB on disk."""
    return pages(packed(b"BT /F1 1 Tf 1 0 0 1 20 800 Tm " + (b"(" + b"word " * 2000 + b") Tj 0 -1 Td ") * 2000 + b"ET"))


def text_of_20_mb_over_pages() -> bytes:
    """Pages that are each within what a page may hold, and together are not."""
    line = b"(" + b"word " * 40 + b") Tj 0 -1 Td "
    return pages(*[packed(b"BT /F1 1 Tf 1 0 0 1 20 800 Tm " + line * 1500 + b"ET")] * 100)


def flate_of_1_gb() -> bytes:
    """A page's content packed twice: 1 GB of spaces in a few kB."""
    return pages(stream(zlib.compress(zeros(1000, b" " * 1_000_000), 9), b"/Filter[/FlateDecode/FlateDecode]"))


def flate_of_1_gb_page() -> bytes:
    """A good page, then the page packed twice."""
    bomb = stream(zlib.compress(zeros(1000, b" " * 1_000_000), 9), b"/Filter[/FlateDecode/FlateDecode]")
    return pages(stream(WORDS), bomb, stream(WORDS))


def _forms() -> dict[int, bytes]:
    """Nine forms, each of which draws the next ten times."""
    forms = {}
    for depth in range(9):
        number = 100 + depth
        inner = b"/Resources<</XObject<</X %d 0 R>>>>" % (number + 1)
        forms[number] = stream(b"/X Do " * 10, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]" + inner)
    forms[109] = stream(WORDS, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F1 3 0 R>>>>")
    return forms


def a_billion_forms() -> bytes:
    """A form in a form in a form, a billion in all."""
    return pages(stream(b"/X Do"), resources=b"/XObject<</X 100 0 R>>", more=_forms())


def a_billion_forms_page() -> bytes:
    """A good page, then one of a billion forms, then another good page."""
    return pages(stream(WORDS), stream(b"/X Do"), stream(WORDS), resources=b"/XObject<</X 100 0 R>>", more=_forms())


def form_in_itself() -> bytes:
    """A form that draws itself."""
    loop = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 100 0 R>>>>"
    return pages(stream(b"/X Do"), resources=b"/XObject<</X 100 0 R>>", more={100: stream(b"/X Do", loop)})


def picture_of_10_gigapixels() -> bytes:
    """A good page with a picture of 100,000 x 100,000 pixels in black and white."""
    picture = b"/Type/XObject/Subtype/Image/Width 100000/Height 100000/BitsPerComponent 1/ColorSpace/DeviceGray"
    # How few of its bits are there does not matter: room is made for all of them.
    bits = stream(zlib.compress(zeros(20), 9), b"/Filter[/FlateDecode/FlateDecode]" + picture)
    content = stream(WORDS + b" q 500 0 0 500 40 40 cm /X Do Q")
    return pages(content, resources=b"/XObject<</X 100 0 R>>", more={100: bits})


def three_million_strokes() -> bytes:
    """A page drawn with three million lines."""
    return pages(packed(b"0 0 m 9 9 l S " * 3_000_000))


def page_tree_in_itself() -> bytes:
    """A page tree whose kid is the tree."""
    return pdf({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>"})


def page_tree_of_depth_100_000() -> bytes:
    """A page at the end of 100,000 nested trees."""
    tree = {number: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (number + 1) for number in range(2, 100_000)}
    return pdf({1: b"<</Type/Catalog/Pages 2 0 R>>", **tree, 100_000: b"<</Type/Page/MediaBox[0 0 9 9]>>"})


def two_billion_pages_counted() -> bytes:
    """A tree that says it has two billion pages and holds one."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"
    return pdf({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Count 2000000000/Kids[3 0 R]>>", 3: page})


def a_million_brackets() -> bytes:
    """A page whose content opens a million arrays."""
    return pages(packed(b"[" * 1_000_000), stream(WORDS))


def a_hundred_thousand_dictionaries() -> bytes:
    """A catalog that nests a hundred thousand dictionaries."""
    deep = b"<</A" * 100_000 + b" 1" + b">>" * 100_000
    return pdf({1: b"<</Type/Catalog/Pages 2 0 R/X " + deep + b">>", 2: b"<</Type/Pages/Count 0/Kids[]>>"})


def saved_states_without_end() -> bytes:
    """A page that saves its state three million times and never restores it."""
    return pages(packed(b"q " * 3_000_000 + WORDS))


def cross_references_in_a_loop() -> bytes:
    """A file whose table before the last is the last."""
    whole = pages(stream(WORDS))
    start = whole.rindex(b"startxref\n") + 10
    place = whole[start:].split(b"\n")[0]
    return whole.replace(b"/Root 1 0 R", b"/Prev %s/Root 1 0 R" % place)


def object_stream_in_itself() -> bytes:
    """A catalog said to be packed in a stream that is packed in itself."""
    table = b"\x02\x00\x05\x00" + b"\x02\x00\x05\x00" * 5
    body = packed(table, b"/Type/XRef/Size 6/W[1 2 1]/Root 1 0 R")
    return b"%PDF-1.7\n5 0 obj\n" + body + b"\nendobj\nstartxref\n9\n%%EOF\n"


def letters_of_a_million_letters() -> bytes:
    """A font in which each letter stands for very many."""
    long = b"<" + b"0041" * 2_000 + b">"
    lines = b"\n".join(b"<%02x> %s" % (code, long) for code in range(32, 127))
    cmap = (
        b"begincmap\n1 begincodespacerange <00> <ff> endcodespacerange\n95 beginbfchar\n"
        + lines
        + b"\nendbfchar\nendcmap"
    )
    font = FONT.replace(b">>", b"/ToUnicode 101 0 R>>")
    text = b"BT /F2 1 Tf 1 0 0 1 20 800 Tm " + b"(abcdefghijklmnopqrstuvwxyz) Tj 0 -1 Td " * 400 + b"ET"
    return pages(packed(text), resources=b"/Font<</F2 100 0 R>>", more={100: font, 101: packed(cmap)}).replace(
        b"/Font<</F1 3 0 R>>/Font", b"/Font"
    )


def page_as_wide_as_the_earth() -> bytes:
    """A page of 40,000 km."""
    return pages(stream(WORDS), box=b"0 0 113385826771 113385826771")


def filters_a_thousand() -> bytes:
    """A stream said to be packed a thousand times."""
    return pages(stream(WORDS, b"/Filter[" + b"/FlateDecode" * 1000 + b"]"))


HOSTILE = (
    text_of_20_mb,
    text_of_20_mb_over_pages,
    flate_of_1_gb,
    flate_of_1_gb_page,
    a_billion_forms,
    a_billion_forms_page,
    form_in_itself,
    picture_of_10_gigapixels,
    three_million_strokes,
    page_tree_in_itself,
    page_tree_of_depth_100_000,
    two_billion_pages_counted,
    a_million_brackets,
    a_hundred_thousand_dictionaries,
    saved_states_without_end,
    cross_references_in_a_loop,
    object_stream_in_itself,
    letters_of_a_million_letters,
    page_as_wide_as_the_earth,
    filters_a_thousand,
)
"""Every one of them."""
