from __future__ import annotations

import io
import os
import struct
import time
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from cpgassist.errors import PhotoError
from cpgassist.imaging import intake, open_photo, open_photos
from cpgassist.types import Photo
from tests.imaging.drawn import BLUE, GREEN, GREY, RED, chunks, close, encoded, picture, pixels

FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"]
quick = settings(max_examples=150, deadline=None)


def refusal(source: object) -> str:
    """What is said of a photo that is refused, in under a second."""
    began = time.process_time()
    with pytest.raises(PhotoError) as error:
        open_photo(source)
    assert time.process_time() - began < 1
    assert error.value.next_step
    return str(error.value)


# Formats


@pytest.mark.parametrize("form", FORMATS)
def test_the_format_is_told_by_the_content(form, tmp_path):
    path = tmp_path / "photo.pdf"
    path.write_bytes(encoded(picture(), form))
    for source in (path, str(path), path.read_bytes()):
        photo = open_photo(source)
        assert close(photo, picture()) and photo.notes == ()


def test_an_opened_picture_is_taken_and_left_as_it_is():
    image = picture()
    assert close(open_photo(image), picture(), 0.01) and image.mode == "RGB" and image.size == (120, 80)


def test_heic_is_read_where_the_package_is_there():
    heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    file = io.BytesIO()
    turned = Image.Exif()
    turned[0x0112] = 6  # libheif turns it: we must not turn it once more
    try:
        heif.from_pillow(picture().transpose(Image.Transpose.ROTATE_90)).save(file, quality=95, exif=turned.tobytes())
    except (RuntimeError, ValueError) as error:
        pytest.skip(f"this pillow-heif writes no HEIC: {error}")
    assert close(open_photo(file.getvalue()), picture())


def test_heic_without_the_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    assert "pip install pillow-heif" in refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV"])
def test_every_mode_becomes_rgb(mode):
    image = picture().convert("RGB").convert("L" if mode in ("1", "LA") else "RGB")
    image = image.convert("P").convert("PA") if mode == "PA" else image.convert(mode)
    photo = open_photo(image)
    assert pixels(photo).shape == (80, 120, 3)
    if mode in ("RGB", "RGBA", "CMYK", "YCbCr", "HSV"):
        assert close(photo, picture(), 8)


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_files_keep_their_colours(form):
    assert close(open_photo(encoded(picture().convert("CMYK"), form)), picture(), 8)


@pytest.mark.parametrize("form", ["GIF", "TIFF", "WEBP", "PNG"])
def test_of_several_pictures_the_first_is_taken_and_said_so(form):
    frames = [picture(), Image.new("RGB", (120, 80), "white"), Image.new("RGB", (120, 80), "black")]
    photo = open_photo(encoded(frames[0], form, save_all=True, append_images=frames[1:]))
    assert close(photo, frames[0]) and "only the first was taken" in " ".join(photo.notes)


# Pixels


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_all_eight_orientations_come_out_equal(form):
    back = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    for orientation, turn in back.items():
        stored = picture() if turn is None else picture().transpose(turn)
        exif = Image.Exif()
        exif[0x0112] = orientation
        assert close(open_photo(encoded(stored, form, exif=exif)), picture()), orientation


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_turns_nothing(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert close(open_photo(encoded(picture(), "PNG", exif=exif)), picture())


def test_what_is_transparent_is_white():
    clear = picture().convert("RGBA")
    clear.putalpha(0)
    palette = Image.new("P", (80, 80), 0)
    palette.putpalette([10, 20, 30] * 256)
    for content in (
        encoded(clear),
        encoded(clear, "WEBP", lossless=True, exact=True),
        encoded(clear.convert("LA")),
        encoded(palette, transparency=0),
        encoded(palette, "GIF", transparency=0),
        encoded(Image.new("L", (80, 80), 7), transparency=7),
    ):
        assert (pixels(open_photo(content)) == 255).all()


def grey_file(values: np.ndarray, kind: str) -> bytes:
    if kind == "PNG":
        return encoded(Image.fromarray(values.astype(np.uint16)))
    if kind == "big-endian TIFF":
        tags = [(256, 3, 1, values.shape[1] << 16), (257, 3, 1, values.shape[0] << 16), (258, 3, 1, 16 << 16),
                (259, 3, 1, 1 << 16), (262, 3, 1, 1 << 16), (273, 4, 1, 122), (277, 3, 1, 1 << 16),
                (278, 3, 1, values.shape[0] << 16), (279, 4, 1, values.size * 2)]  # fmt: skip
        return (
            b"MM\0*\0\0\0\x08"
            + struct.pack(">H", len(tags))
            + b"".join(struct.pack(">HHII", *tag) for tag in tags)
            + b"\0" * 4
        ) + values.astype(">u2").tobytes()
    mode = {"TIFF": np.uint16, "I TIFF": np.int32, "F TIFF": np.float32}[kind]
    return encoded(Image.fromarray(values.astype(mode)), "TIFF")


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "big-endian TIFF", "I TIFF", "F TIFF"])
@pytest.mark.parametrize("highest", [65535, 4095, 900])
def test_the_mean_of_a_deep_picture_is_that_of_a_linear_reference(kind, highest):
    across, down = np.meshgrid(np.linspace(0, 1, 160), np.linspace(0, 1, 120))
    values = np.rint((0.2 + 0.6 * across**2 + 0.2 * down) / 1.0 * highest)
    reference = (values - values.min()) / np.ptp(values) * 255
    photo = open_photo(grey_file(values, kind))
    assert abs(pixels(photo).mean() - reference.mean()) <= 0.02 * reference.mean()
    assert "windowed" in " ".join(photo.notes)


def test_a_few_hot_pixels_do_not_black_out_a_deep_picture():
    values = np.tile(np.linspace(100, 1100, 200), (200, 1))
    clean = pixels(open_photo(grey_file(values, "PNG"))).mean()
    values[0, :10] = 65535
    assert abs(pixels(open_photo(grey_file(values, "PNG"))).mean() - clean) <= 0.02 * clean


def test_a_small_thing_on_one_even_ground_is_still_seen():
    values = np.full((300, 300), 500)
    values[100:105, 100:105] = 40_000
    assert np.ptp(pixels(open_photo(grey_file(values, "PNG")))) == 255


def test_numbers_that_are_none_do_not_hide_the_others():
    values = np.tile(np.linspace(0, 1, 100, dtype=np.float32), (100, 1))
    values[:5] = np.nan
    values[5:8] = np.inf
    assert 100 < pixels(open_photo(Image.fromarray(values))).mean() < 155
    assert "no pixel values" in refusal(Image.fromarray(np.full((80, 80), np.nan, dtype=np.float32)))


def test_a_deep_tiff_whose_zero_is_white_is_inverted():
    values = np.tile(np.linspace(0, 65535, 100).astype(np.uint16), (100, 1))
    image = Image.fromarray(values)
    content = encoded(image, "TIFF").replace(
        struct.pack("<HHIHH", 262, 3, 1, 1, 0), struct.pack("<HHIHH", 262, 3, 1, 0, 0)
    )
    seen = pixels(open_photo(content))
    assert seen[0, 0, 0] > 250 and seen[0, -1, 0] < 5


def test_colours_follow_the_profile():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert close(open_photo(encoded(picture(), "JPEG", icc_profile=srgb, quality=95)), picture())
    odd = open_photo(encoded(picture(), "PNG", icc_profile=lab.tobytes()))
    assert close(odd, picture()) and "colour profile" in " ".join(odd.notes)
    broken = open_photo(encoded(picture(), "PNG", icc_profile=b"no profile at all"))
    assert close(broken, picture()) and "colour profile" in " ".join(broken.notes)


def test_a_profile_with_its_channels_swapped_is_followed():
    """A profile made here from sRGB's, red and green exchanged: the picture's colours must change places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        swapped = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(bytes(profile[at : at + 4]))
        profile[at : at + 4] = swapped or profile[at : at + 4]
    seen = pixels(open_photo(encoded(picture(), icc_profile=bytes(profile))))
    assert seen[5, 5, 1] > seen[5, 5, 0] and seen[5, -5, 0] > seen[5, -5, 1]


def test_a_large_photo_is_shrunk_and_said_so():
    photo = open_photo(encoded(picture(4000, 3000), "JPEG"))
    assert (photo.width, photo.height) == (1792, 1344) and "Shrunk from 4000 x 3000" in photo.notes[0]
    corners = pixels(photo)[[10, 10, -10, -10], [10, -10, 10, -10]]
    assert np.abs(corners - [RED, GREEN, BLUE, GREY]).max() < 8


def test_a_strip_of_pixels_survives():
    photo = open_photo(Image.new("RGB", (20_000, 1), "red"))
    assert (photo.width, photo.height) == (1792, 1)


# Limits and lies


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF"),
        (b"<!DOCTYPE html><html><body>hi</body></html>", "is a web page"),
        (b"\xef\xbb\xbf\n<html>", "is a web page"),
        (b"PK\x03\x04" + b"\0" * 50, "is a ZIP"),
        (b'<?xml version="1.0"?><svg xmlns="x"></svg>', "is an SVG"),
        (b"<svg/>", "is an SVG"),
        (b"\x1f\x8b\x08\0", "is a packed file"),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 30, "is a video"),
        (b"\0\0\0\x18ftypavif" + b"\0" * 30, "is an AVIF"),
        (b"MZ" + b"\0" * 90, "is a program"),
        (b"", "is empty"),
        (b"just some words about a rash", "is not a picture"),
        (os.urandom(1) + b"\x01\x02" * 500, "is not a picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_that_lie_are_named(content, reason, tmp_path):
    path = tmp_path / "rash.jpg"
    path.write_bytes(content)
    said = refusal(path)
    assert reason in said and "rash.jpg" in said


@pytest.mark.parametrize("form", FORMATS)
def test_cut_off_files_are_refused(form):
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 300, 3), dtype=np.uint8))
    content = encoded(noise, form)
    for share in (0.02, 0.3, 0.6):
        refusal(content[: int(len(content) * share)])


def png_head(width: int, height: int, *more: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunk(*one) for one in more)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    "content",
    [
        png_head(5001, 5000, (b"IDAT", zlib.compress(b"\0" * 1000))),
        png_head(10_000, 10_000, (b"IDAT", zlib.compress(b"\0" * 1_000_000))),
        png_head(60_000, 60_000, (b"IDAT", b"")),
        b"GIF89a"
        + struct.pack("<HH", 65535, 65535)
        + b"\0\0\0"
        + b","
        + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0)
        + b"\x02\0;",
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 50_000, 50_000, 1, 24, 0, 0, 0, 0, 0, 0),
        b"RIFF"
        + struct.pack("<I", 30)
        + b"WEBPVP8X"
        + struct.pack("<I", 10)
        + b"\0\0\0\0"
        + b"\xff\x3f\0\xff\x3f\0"
        + b"\0" * 20,
    ],
    ids=["png just over", "png", "png huge", "gif", "bmp", "webp"],
)
def test_bombs_are_refused_before_they_go_off(content):
    assert "more than 25 million pixels" in refusal(content)


def test_a_text_bomb_in_a_png_is_refused_or_left_out():
    bomb = b"Comment\0\0" + zlib.compress(b"A" * 60_000_000)
    began = time.process_time()
    with suppress(PhotoError):
        open_photo(png_head(80, 80, (b"zTXt", bomb), (b"IDAT", zlib.compress(b"\0" * (80 * 241))), (b"IEND", b"")))
    assert time.process_time() - began < 1


def test_a_jpeg_of_a_thousand_passes_is_refused():
    content = encoded(picture(400, 300), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    bomb = content[:last] + content[last:-2] * 1000 + content[-2:]
    assert "keep a decoder busy" in refusal(bomb)


def test_too_many_bytes_are_refused_unread(tmp_path):
    assert "larger than 15 MB" in refusal(b"\xff\xd8\xff" + b"\0" * intake.MAX_BYTES)
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(10**11)
    assert "huge.png is larger than 15 MB" in refusal(path)


def test_what_is_no_file(tmp_path):
    assert "is not there" in refusal(tmp_path / "none.jpg")
    assert "is a folder" in refusal(tmp_path)
    assert "never fetched" in refusal("https://example.org/rash.jpg")
    refusal("a\0b.jpg")
    refusal("x" * 5000)
    refusal("")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jpg")
        assert "is no file" in refusal(tmp_path / "pipe.jpg")
    assert "cannot be made of int" in refusal(0)  # no file descriptor either


# Metadata

MARK = b"NORA-EXAMPLE-1957"


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def marked_files() -> dict[str, bytes]:
    text = MARK.decode()
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = text
    exif[0x8825] = {1: "N", 2: (3.0, 8.0, 21.0), 29: text}
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>' + MARK + b"</dc:creator></x:xmpmeta>"
    jpeg = encoded(picture(), "JPEG", exif=exif, comment=MARK, xmp=xmp, icc_profile=MARK * 20)
    iptc = (
        b"Photoshop 3.0\x008BIM\x04\x04\0\0"
        + struct.pack(">I", len(MARK) + 5)
        + b"\x1c\x02\x50\0"
        + bytes([len(MARK)])
        + MARK
    )
    jpeg = jpeg[:2] + segment(0xED, iptc) + segment(0xE5, MARK) + jpeg[2:] + MARK * 3
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", text)
    info.add_text("Title", text, zip=True)
    info.add_itxt("Name", text, zip=False)
    info.add(b"prVt", MARK)
    made = {
        "JPEG": jpeg,
        "PNG": encoded(picture(), "PNG", pnginfo=info, exif=exif, icc_profile=MARK * 20) + MARK,
        "GIF": encoded(picture(), "GIF", comment=MARK) + MARK,
        "TIFF": encoded(picture(), "TIFF", tiffinfo={270: text, 315: text, 700: xmp, 33723: MARK, 65000: text}) + MARK,
        "WEBP": encoded(picture(), "WEBP", exif=exif, xmp=xmp, icc_profile=MARK * 20) + MARK,
        "BMP": encoded(picture(), "BMP") + MARK,
    }
    assert all(MARK in content for content in made.values())
    return made


@pytest.mark.parametrize("form", FORMATS)
def test_no_byte_of_metadata_survives(form):
    photo = open_photo(marked_files()[form])
    assert set(chunks(photo.png)) == {b"IHDR", b"IDAT", b"IEND"}
    assert MARK not in photo.png and MARK.decode() not in repr(photo.notes) + photo.label
    with Image.open(io.BytesIO(photo.png)) as image:
        image.load()
        assert image.info == {} and not image.getexif()
    assert close(photo, picture())


def test_two_files_of_the_same_pixels_give_the_same_bytes():
    bare, marked = encoded(picture()), marked_files()["BMP"]
    assert open_photo(bare) == open_photo(marked)


# Several


def test_labels():
    one = encoded(picture())
    assert [photo.label for photo in open_photos([one])] == [""]
    assert [photo.label for photo in open_photos([one] * 3)] == ["Photo 1", "Photo 2", "Photo 3"]
    assert [photo.label for photo in open_photos([one] * 2, pairs=True)] == ["Before", "After"]
    assert [photo.label for photo in open_photos([one] * 4, pairs=True)] == [
        "Before 1",
        "After 1",
        "Before 2",
        "After 2",
    ]
    assert open_photos([]) == ()
    for sources, pairs in (([one] * 5, False), ([one] * 3, True), ([one], True)):
        with pytest.raises(PhotoError):
            open_photos(sources, pairs=pairs)


# Anything


def taken(content: bytes) -> None:
    try:
        photo = open_photo(content)
    except PhotoError as error:
        assert error.message and error.next_step
    else:
        assert isinstance(photo, Photo) and set(chunks(photo.png)) == {b"IHDR", b"IDAT", b"IEND"}


HEADS = [encoded(picture(20, 16), form)[:40] for form in FORMATS] + [
    b"\0" * 128 + b"DICM",
    b"\x08\0\x05\0CS",
    b"\0\0\0\x18ftypheic",
]


@pytest.mark.filterwarnings("ignore")
@quick
@given(st.binary(max_size=400), st.sampled_from([b"", *HEADS]))
def test_any_bytes_are_a_photo_or_a_photo_error(content, head):
    taken(head + content)


@pytest.mark.filterwarnings("ignore")
@quick
@given(
    st.sampled_from(FORMATS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8), st.floats(0, 1.2)
)
def test_damaged_files_are_a_photo_or_a_photo_error(form, damage, share):
    content = bytearray(marked_files()[form])
    for place, value in damage:
        content[min(len(content) - 1, int(place * len(content)))] = value
    taken(bytes(content[: int(share * len(content))]))
