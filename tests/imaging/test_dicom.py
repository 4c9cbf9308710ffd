from __future__ import annotations

import io
import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cpgassist.errors import PhotoError
from cpgassist.imaging import open_photo
from cpgassist.types import Photo
from tests.imaging.drawn import chunks, close, encoded, picture, pixels

pydicom = pytest.importorskip("pydicom", reason="pydicom is not installed: pip install pydicom")
pytestmark = pytest.mark.filterwarnings("ignore")

NAME = "EXAMPLE^NORA"


def dicom(values: np.ndarray, compressed: bytes | None = None, **tags: object) -> bytes:
    """A file with these stored values, shape (rows, columns), (rows, columns, 3), or (frames, rows, columns)."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, SecondaryCaptureImageStorage, generate_uid

    file = Dataset()
    file.file_meta = FileMetaDataset()
    file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if compressed is None else JPEGBaseline8Bit
    file.file_meta.MediaStorageSOPClassUID = file.SOPClassUID = SecondaryCaptureImageStorage
    file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID = generate_uid()
    file.PatientName, file.PatientID, file.PatientBirthDate = NAME, "X-1957", "19570401"
    file.InstitutionName = file.StudyDescription = NAME
    colours = values.ndim == 3 and values.shape[-1] == 3
    frames = values.shape[0] if values.ndim == 3 and not colours else 1
    file.Rows, file.Columns = values.shape[-3:-1] if colours else values.shape[-2:]
    file.SamplesPerPixel = 3 if colours else 1
    if colours:
        file.PlanarConfiguration = 0
    if frames > 1:
        file.NumberOfFrames = frames
    file.PhotometricInterpretation = "RGB" if colours else "MONOCHROME2"
    bits = values.dtype.itemsize * 8
    file.BitsAllocated, file.BitsStored, file.HighBit = bits, bits, bits - 1
    file.PixelRepresentation = int(values.dtype.kind == "i")
    file.PixelData = values.tobytes() if compressed is None else encapsulate([compressed])
    for tag, value in tags.items():
        setattr(file, tag, value)
    written = io.BytesIO()
    pydicom.dcmwrite(written, file, enforce_file_format=True)
    return written.getvalue()


def ramp(low: int, high: int, dtype: type = np.int16) -> np.ndarray:
    return np.tile(np.rint(np.linspace(low, high, 200)).astype(dtype), (100, 1))


def across(photo: Photo) -> np.ndarray:
    """Grey levels along the middle row."""
    return pixels(photo)[photo.height // 2, :, 0]


def test_only_pixels_come_out_of_a_dicom_file():
    photo = open_photo(dicom(np.asarray(picture())))
    assert close(photo, picture(), 0.01)
    assert set(chunks(photo.png)) == {b"IHDR", b"IDAT", b"IEND"}
    for word in ("EXAMPLE", "NORA", "1957"):
        assert word.encode() not in photo.png and word not in repr(photo.notes)


def test_the_window_of_the_file_is_applied_after_its_rescaling():
    stored = ramp(0, 2000, np.uint16)
    photo = open_photo(dicom(stored, RescaleSlope="2", RescaleIntercept="-1000", WindowCenter="40", WindowWidth="400"))
    values = stored[50] * 2.0 - 1000
    expected = np.clip((values - 39.5) / 399 + 0.5, 0, 1) * 255  # PS3.3, C.11.2.1.2.1
    assert np.abs(across(photo) - expected).max() <= 1
    assert "centre 40, width 400" in " ".join(photo.notes)


def test_the_first_of_several_windows_counts_and_its_function():
    stored = ramp(-1000, 1000)
    photo = open_photo(dicom(stored, WindowCenter=["0", "400"], WindowWidth=["500", "90"], VOILUTFunction="SIGMOID"))
    assert np.abs(across(photo) - 255 / (1 + np.exp(-4 * stored[50] / 500))).max() <= 1
    exact = open_photo(dicom(stored, WindowCenter="0", WindowWidth="500", VOILUTFunction="LINEAR_EXACT"))
    assert np.abs(across(exact) - np.clip(stored[50] / 500 + 0.5, 0, 1) * 255).max() <= 1


def test_without_a_window_the_values_themselves_set_it():
    photo = open_photo(dicom(ramp(300, 1300)))
    assert abs(across(photo).mean() - 127.5) < 2 and np.ptp(across(photo)) == 255
    assert "windowed to 8 bits" in " ".join(photo.notes)


@pytest.mark.parametrize("window", [("40", "0"), ("90000", "10"), ("40", "-5")])
def test_a_window_that_shows_nothing_is_not_applied(window):
    photo = open_photo(dicom(ramp(300, 1300), WindowCenter=window[0], WindowWidth=window[1]))
    assert abs(across(photo).mean() - 127.5) < 2


def test_padding_does_not_set_the_scale():
    values = ramp(0, 1000)
    values[:40] = -30000
    photo = open_photo(dicom(values, PixelPaddingValue=-30000))
    assert abs(across(photo).mean() - 127.5) < 2 and pixels(photo)[0].max() == 0


def test_monochrome1_is_inverted():
    tags = {"WindowCenter": "500", "WindowWidth": "1001"}
    plain = open_photo(dicom(ramp(0, 1000), **tags))
    inverted = open_photo(dicom(ramp(0, 1000), PhotometricInterpretation="MONOCHROME1", **tags))
    assert (across(plain) == 255 - across(inverted)).all() and across(inverted)[0] > 250


def test_a_lookup_table_is_followed():
    from pydicom.dataset import Dataset

    table = Dataset()
    table.LUTDescriptor = [256, 0, 8]
    table.add_new(0x00283006, "US", [255 - value for value in range(256)])
    photo = open_photo(dicom(ramp(0, 255, np.uint8), VOILUTSequence=[table]))
    assert across(photo)[0] == 255 and across(photo)[-1] == 0 and "lookup table" in " ".join(photo.notes)


def test_a_palette_gives_colours():
    tags = {"PhotometricInterpretation": "PALETTE COLOR"}
    for colour, data in (("Red", range(256)), ("Green", [0] * 256), ("Blue", range(255, -1, -1))):
        tags[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        tags[f"{colour}PaletteColorLookupTableData"] = np.array([value * 257 for value in data], "<u2").tobytes()
    seen = pixels(open_photo(dicom(ramp(0, 255, np.uint8), **tags)))
    assert tuple(seen[0, 0]) == (0, 0, 255) and tuple(seen[0, -1]) == (255, 0, 0)


def test_of_several_frames_the_first_is_taken_and_said_so():
    frames = np.stack([ramp(0, 1000), np.zeros((100, 200), np.int16)])
    photo = open_photo(dicom(frames))
    assert np.ptp(across(photo)) == 255 and "holds 2 frames; only the first" in photo.notes[0]


def test_burnt_in_text_is_warned_of():
    assert "may identify the patient" in " ".join(open_photo(dicom(ramp(0, 9), BurnedInAnnotation="YES")).notes)
    assert "identify" not in " ".join(open_photo(dicom(ramp(0, 9), BurnedInAnnotation="NO")).notes)


def test_a_jpeg_inside_is_read_and_one_that_is_larger_than_it_says_refused():
    values = np.asarray(picture())
    photo = open_photo(dicom(values, encoded(picture(), "JPEG", quality=95), PhotometricInterpretation="YBR_FULL"))
    assert close(photo, picture())
    large = encoded(Image.new("RGB", (6000, 5000)), "JPEG")
    with pytest.raises(PhotoError, match="more than 25 million pixels"):
        open_photo(dicom(values, large, PhotometricInterpretation="YBR_FULL"))


def run_lengths(*segments: bytes) -> bytes:
    from pydicom.encaps import encapsulate
    from pydicom.uid import RLELossless

    file = pydicom.dcmread(io.BytesIO(dicom(np.zeros((100, 128), np.uint8), b"\0\0")))
    file.file_meta.TransferSyntaxUID = RLELossless
    starts = [64 + sum(map(len, segments[:at])) for at in range(len(segments))]
    frame = struct.pack("<16I", len(segments), *starts, *[0] * (15 - len(segments))) + b"".join(segments)
    file.PixelData = encapsulate([frame])
    written = io.BytesIO()
    pydicom.dcmwrite(written, file)
    return written.getvalue()


def test_run_lengths_are_read_and_a_bomb_of_them_refused():
    rows = b"".join(
        bytes((129, level, 128)) for level in range(100)
    )  # a row of 128 equal values each, and an idle code
    assert pixels(open_photo(run_lengths(rows)))[-1, 0, 0] == 255
    bomb = run_lengths(b"\x81\x07" * 6_000_000)
    began = time.process_time()
    with pytest.raises(PhotoError, match="unpacks to more"):
        open_photo(bomb)
    assert time.process_time() - began < 1


def test_what_holds_no_picture_or_too_much_of_one():
    file = pydicom.dcmread(io.BytesIO(dicom(ramp(0, 9))))
    file.Rows = file.Columns = 60_000
    large, empty = io.BytesIO(), io.BytesIO()
    pydicom.dcmwrite(large, file)
    del file.PixelData
    pydicom.dcmwrite(empty, file)
    with pytest.raises(PhotoError, match="more than 25 million pixels"):
        open_photo(large.getvalue())
    with pytest.raises(PhotoError, match="without a picture"):
        open_photo(empty.getvalue())


def test_deflated_files_and_unread_compressions_are_refused_with_a_way_out():
    from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGLSLossless

    file = pydicom.dcmread(io.BytesIO(dicom(ramp(0, 9))))
    file.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    deflated = io.BytesIO()
    pydicom.dcmwrite(deflated, file)
    with pytest.raises(PhotoError, match=r"deflated.*Export it"):
        open_photo(deflated.getvalue())
    unread = dicom(np.asarray(picture()), b"\xff\xd8\xff\xf7" + b"\0" * 40)
    file = pydicom.dcmread(io.BytesIO(unread))
    file.file_meta.TransferSyntaxUID = JPEGLSLossless
    written = io.BytesIO()
    pydicom.dcmwrite(written, file)
    with pytest.raises(PhotoError, match=r"compressed in a way.*JPEG-LS"):
        open_photo(written.getvalue())


def test_cut_off_and_damaged_files_are_refused():
    content = dicom(ramp(0, 2000))
    for length in (140, 300, 700, len(content) // 2, len(content) - 5000):
        with pytest.raises(PhotoError):
            open_photo(content[:length])


def test_without_pydicom_it_says_what_to_install(monkeypatch):
    content = dicom(ramp(0, 9))
    monkeypatch.setitem(__import__("sys").modules, "pydicom", None)
    with pytest.raises(PhotoError, match="pip install pydicom"):
        open_photo(content)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_headers_are_a_photo_or_a_photo_error(damage):
    content = bytearray(SMALL)
    for place, value in damage:
        content[place] = value
    try:
        photo = open_photo(bytes(content))
    except PhotoError as error:
        assert error.next_step
    else:
        assert set(chunks(photo.png)) == {b"IHDR", b"IDAT", b"IEND"} and b"NORA" not in photo.png


SMALL = dicom(ramp(0, 1000), WindowCenter="500", WindowWidth="900", RescaleSlope="1", RescaleIntercept="0")
