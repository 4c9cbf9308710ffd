"""A DICOM file -> its first frame in 8 bits. Only the tags that draw it are read: who it is of never gets here."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from cpgassist.errors import PhotoError
from cpgassist.imaging.headers import rle_fits
from cpgassist.imaging.pixels import scaled, windowed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

_EXPORT = "Export it from the viewer as PNG or as uncompressed DICOM."
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_TAGS = (
    "SamplesPerPixel PhotometricInterpretation PlanarConfiguration NumberOfFrames Rows Columns BitsAllocated BitsStored"
    " HighBit PixelRepresentation PixelPaddingValue RescaleSlope RescaleIntercept ModalityLUTSequence WindowCenter"
    " WindowWidth VOILUTFunction VOILUTSequence BurnedInAnnotation PixelData FloatPixelData DoubleFloatPixelData"
    " RedPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableDescriptor BluePaletteColorLookupTableDescriptor"
    " RedPaletteColorLookupTableData GreenPaletteColorLookupTableData BluePaletteColorLookupTableData"
    " SegmentedRedPaletteColorLookupTableData SegmentedGreenPaletteColorLookupTableData"
    " SegmentedBluePaletteColorLookupTableData"
).split()


def open_dicom(content: bytes, name: str, max_pixels: int) -> tuple[Image.Image, list[str]]:
    """The first frame as a grey or RGB picture of 8 bits, and what was done to it.

    Raises PhotoError where it holds no picture, has more than `max_pixels`, is compressed in a way that is not read, or
    pydicom is missing; other exceptions where it is damaged.
    """
    try:
        from pydicom import dcmread
    except ImportError as error:
        raise PhotoError(
            f"{name} is a DICOM file, and the package that reads those is not installed.",
            "Install it (pip install pydicom), or export the picture as PNG.",
        ) from error
    if _DEFLATED in content:  # pydicom inflates it whole, however much that is
        raise PhotoError(f"{name} is a deflated DICOM file, which is not read.", _EXPORT)
    file = dcmread(io.BytesIO(content), force=True, specific_tags=list(_TAGS))
    if not any(tag in file for tag in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise PhotoError(f"{name} is a DICOM file without a picture.", "Give the file of the series that holds one.")
    if int(file.Rows) * int(file.Columns) > max_pixels:
        raise PhotoError(f"{name} has more than {max_pixels // 1_000_000} million pixels.", _EXPORT)
    notes = []
    if int(file.get("NumberOfFrames") or 1) > 1:
        notes.append(f"The file holds {int(file.NumberOfFrames)} frames; only the first was taken.")
    if str(file.get("BurnedInAnnotation", "")).upper() == "YES":
        notes.append("The file says that text is burned into the picture; it may identify the patient.")
    image, how = _drawn(file, _first_frame(file, name, max_pixels))
    return image, [*notes, *how]


def _first_frame(file: Dataset, name: str, max_pixels: int) -> NDArray[Any]:
    """Stored values of the first frame, shape (rows, columns) or (rows, columns, 3), colours as RGB."""
    from pydicom.pixels.utils import pixel_array

    syntax = getattr(file.file_meta, "TransferSyntaxUID", None)
    if syntax is not None and syntax.is_compressed:
        _check_coded_size(file, name, max_pixels)
    try:
        return np.asarray(pixel_array(file, index=0))
    except (NotImplementedError, RuntimeError) as error:  # no decoder for its transfer syntax is installed
        raise PhotoError(f"{name} is compressed in a way that is not read ({_called(file)}).", _EXPORT) from error


def _called(file: Dataset) -> str:
    syntax = getattr(file.file_meta, "TransferSyntaxUID", None)
    return "no transfer syntax" if syntax is None else str(syntax.name)


def _check_coded_size(file: Dataset, name: str, max_pixels: int) -> None:
    """What is coded inside may be larger than the tags around it say."""
    from pydicom.encaps import get_frame
    from pydicom.uid import RLELossless

    frame = get_frame(file.PixelData, 0, number_of_frames=int(file.get("NumberOfFrames") or 1))
    if file.file_meta.TransferSyntaxUID == RLELossless:
        bits = int(file.BitsAllocated) * int(file.SamplesPerPixel)
        whole = int(file.Rows) * int(file.Columns) * bits // 8
        if not rle_fits(frame, whole + whole // 8 + 1024):
            raise PhotoError(f"{name} unpacks to more than the picture it says it holds.", _EXPORT)
        return
    try:
        width, height = Image.open(io.BytesIO(frame), formats=["JPEG", "JPEG2000"]).size
    except UnidentifiedImageError:
        return  # kinds that Pillow does not decode
    if width * height > max_pixels:
        raise PhotoError(f"{name} has more than {max_pixels // 1_000_000} million pixels.", _EXPORT)


def _drawn(file: Dataset, stored: NDArray[Any]) -> tuple[Image.Image, list[str]]:
    if file.PhotometricInterpretation == "PALETTE COLOR":
        from pydicom.pixels.processing import apply_color_lut

        return _colours(np.asarray(apply_color_lut(stored, file))), []
    if stored.ndim == 3:
        return _colours(stored), []
    grey, how = _grey(file, stored)
    inverted = file.PhotometricInterpretation == "MONOCHROME1"
    return Image.fromarray(255 - grey if inverted else grey), how


def _colours(values: NDArray[Any]) -> Image.Image:
    eight = values if values.dtype == np.uint8 else scaled(values.astype(np.float64), 0, np.iinfo(values.dtype).max)
    return Image.fromarray(np.ascontiguousarray(eight[..., :3], dtype=np.uint8), "RGB")


def _grey(file: Dataset, stored: NDArray[Any]) -> tuple[NDArray[np.uint8], list[str]]:
    """Grey values as the file says they are to be seen; by percentiles where it does not say, or what it says shows nothing."""
    from pydicom.pixels.processing import apply_modality_lut

    values = np.asarray(apply_modality_lut(stored, file), dtype=np.float64)
    seen, how = _as_the_file_says(file, stored, values)
    if seen is not None and np.ptp(seen):
        return seen, [how]
    padding = file.get("PixelPaddingValue")
    return windowed(values, None if padding is None else stored == padding), ["Grey values were windowed to 8 bits."]


def _as_the_file_says(
    file: Dataset, stored: NDArray[Any], values: NDArray[np.float64]
) -> tuple[NDArray[np.uint8] | None, str]:
    if file.get("VOILUTSequence"):
        from pydicom.pixels.processing import apply_voi

        bits = int(file.VOILUTSequence[0].LUTDescriptor[2])
        whole = values.astype(np.int64) if not np.issubdtype(stored.dtype, np.floating) else values
        return scaled(
            np.asarray(apply_voi(whole, file), np.float64), 0, 2**bits - 1
        ), "The file's lookup table was applied."
    centre, width = _first(file.get("WindowCenter")), _first(file.get("WindowWidth"))
    if centre is None or width is None or not width > 0:
        return None, ""
    how = f"The file's window was applied (centre {centre:g}, width {width:g})."
    function = str(file.get("VOILUTFunction") or "LINEAR").upper()
    if function == "SIGMOID":
        return scaled(1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -50, 50))), 0, 1), how
    if function == "LINEAR":  # its definition in the standard (PS3.3, C.11.2.1.2) counts in whole values
        centre, width = centre - 0.5, max(width - 1, 1e-6)
    return scaled(values, centre - width / 2, centre + width / 2), how


def _first(value: Any) -> float | None:
    """The first of one or several numbers; files with several windows put the usual one first."""
    if value is None or value == "":
        return None
    one = (
        value
        if isinstance(value, (str, float, int))
        else next(iter(value), None)
        if hasattr(value, "__iter__")
        else value
    )
    return None if one is None else float(one)
