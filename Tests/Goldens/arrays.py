"""Files of arrays as NumPy writes them, which Tests/DatasetsTests reads and writes.

    python3 Tests/Goldens/arrays.py

Prints for each npy file its version, its dictionary and its elements in hexadecimal, then the npz files in base64.
"""

import base64
import io
import zipfile

import numpy as np
from numpy.lib import format

count = np.arange(12)


def show(name, array, version=(1, 0)):
    file = io.BytesIO()
    format.write_array(file, array, version=version)
    content = file.getvalue()
    start = 10 if version == (1, 0) else 12
    end = start + int.from_bytes(content[8:start], "little")
    print(f"{name}: version {content[6]}, {content[start:end].decode().rstrip()} {content[end:].hex()}")


for code in [">f4", ">f8", ">i4", ">i8", ">u4", "|i1", "<i2", ">u2", "<f2"]:
    show(code, (count[:3] - 1).astype(code))
show("truth", np.array([True, False, True]))
show("columns 2 x 3", np.asfortranarray(count[:6].reshape(2, 3).astype("<f4")))
show("columns 2 x 3 x 2, bytes", np.asfortranarray(count.reshape(2, 3, 2).astype("u1")))
show("columns 2 x 3, other byte order", np.asfortranarray(count[:6].reshape(2, 3).astype(">i4")))
show("version 2", count[:2].astype("<i8"), (2, 0))
show("version 3", count[:2].astype("<i8"), (3, 0))

arrays = {"a": np.arange(3, dtype="u1"), "b": np.float32([[1.5], [-2]])}
for name, save in [("savez", np.savez), ("savez_compressed", np.savez_compressed)]:
    file = io.BytesIO()
    save(file, **arrays)
    print(f"{name}: {base64.b64encode(file.getvalue()).decode()}")

# A stream that cannot be sought: the sizes follow each member.
class Stream(io.BytesIO):
    def seekable(self):
        return False

    def tell(self):
        raise OSError

    def seek(self, *place):
        raise OSError


file = Stream()
with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, array in arrays.items():
        content = io.BytesIO()
        np.save(content, array)
        archive.writestr(zipfile.ZipInfo(name + ".npy"), content.getvalue(), zipfile.ZIP_DEFLATED)
    archive.comment = b"a comment"
    archive.writestr(zipfile.ZipInfo("note.txt"), "no array")
print(f"stream: {base64.b64encode(file.getvalue()).decode()}")
