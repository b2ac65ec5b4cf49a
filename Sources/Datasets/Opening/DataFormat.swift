/// What kind of thing a path names as data, told by its first bytes and not by its name.
enum DataFormat {
  case idx, npy, npz, safetensors, csv, folder

  static let supported = "IDX (raw or gz), npy, npz, safetensors, CSV and folders of PNG, PGM or PPM pictures are"

  /// - Throws: `DataError` where nothing is there, and where it is nothing that is read.
  init(of path: String) throws(DataError) {
    guard !Paths.isFolder(path) else {
      self = .folder
      return
    }
    let expected =
      "a file of IDX, npy, npz, safetensors or CSV, a folder of pictures, or one of the names "
      + DataSource.names.joined(separator: ", ")
    let file = try InputFile(path, expected: expected)
    guard file.byteCount > 0 else { throw .empty(path: path, expected: expected) }
    let start = try file.read(count: min(file.byteCount, 512))
    guard let format = DataFormat(start) else {
      throw .unsupported(path: path, found: "\(Self.name(start)) as data", supported: Self.supported)
    }
    self = format
  }

  /// The format of a file that begins with these bytes.
  private init?(_ start: [UInt8]) {
    if IDX.isIDX(start) || Gzip.isCompressed(start) {
      self = .idx
    } else if NPY.isNPY(start) {
      self = .npy
    } else if ZipArchive.isZip(start) {
      self = .npz
    } else if start.count > 8, start[8] == UInt8(ascii: "{"), start[4..<8].allSatisfy({ $0 == 0 }) {
      self = .safetensors
    } else if Self.isText(start), !Self.isMarkup(start), Self.foreignName(start) == nil {
      self = .csv
    } else {
      return nil
    }
  }

  /// What bytes that are not read seem to be the start of.
  private static func name(_ start: [UInt8]) -> String {
    foreignName(start) ?? (isText(start) ? "a text file that is no table" : "an unknown format")
  }

  /// The name of a format that is known and not read as data.
  private static func foreignName(_ start: [UInt8]) -> String? {
    let isNetpbm = start.count > 2 && start[0] == UInt8(ascii: "P") && (0x31...0x36).contains(start[1])
    if isNetpbm && (start[2] == 0x20 || (0x09...0x0D).contains(start[2])) { return "a netpbm file" }
    if Picture.isPNG(start) { return "a PNG file" }
    if start.starts(with: [0xFF, 0xD8, 0xFF]) { return "a JPEG file" }
    if start.starts(with: [0x89] + Array("HDF".utf8)) { return "an HDF5 file" }
    if start.starts(with: [0x80]) && start.count > 1 && (2...5).contains(start[1]) { return "a Python pickle" }
    let texts = [
      ("GIF8", "a GIF file"), ("%PDF", "a PDF file"), ("PAR1", "a Parquet file"), ("MATLAB", "a MATLAB file"),
    ]
    return texts.first { start.starts(with: $0.0.utf8) }?.1
  }

  /// Text in ASCII, or in an encoding that contains it.
  private static func isText(_ start: [UInt8]) -> Bool {
    start.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
      && start.contains { (0x20..<0x7F).contains($0) } && !start.starts(with: [0xFF]) && !start.starts(with: [0xFE])
      && !start.starts(with: [0x80])
  }

  /// JSON or XML.
  private static func isMarkup(_ start: [UInt8]) -> Bool { "{[<".utf8.contains(start[0]) }
}
