import Foundation
import Testing

@testable import Datasets

@Suite("Data in npy, npz and safetensors files")
struct ArrayFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func path(_ name: String) -> String { scratch.path + "/" + name }

  private func counted(_ shape: [Int]) -> DataArray {
    DataArray((0..<shape.reduce(1, *)).map { UInt8(truncatingIfNeeded: $0) }, shape: shape)
  }

  private func resolve(_ name: String, test: String? = nil, _ residence: Residence = .auto) throws -> DataSource {
    try DataSource.resolve(path(name), test: test.map(path), residence: residence, environment: [:])
  }

  private func refusal(_ name: String, _ residence: Residence = .auto) -> String {
    message(scratch) { _ = try resolve(name, residence) }
  }

  @Test(
    "which dimension is which",
    arguments: [
      ([4, 6], [6]), ([4, 2, 3], [2, 3]), ([4, 5, 6, 1], [5, 6]), ([4, 1, 5, 6], [5, 6]), ([4, 5, 6, 3], [3, 5, 6]),
      ([4, 3, 5, 6], [3, 5, 6]), ([4, 3, 5, 3], [3, 3, 5]), ([4, 3, 5, 1], [3, 5]),
    ])
  func layouts(shape: [Int], datum: [Int]) throws {
    try NPY.write(counted(shape), to: path("a.npy"))
    let set = try resolve("a.npy").train
    #expect(set.datumShape == datum && set.count == 4)
    let isMoved = shape.count == 4 && shape[3] == 3
    #expect(set.images == (isMoved ? counted(shape).permuted([0, 3, 1, 2]) : counted(shape).reshaped(to: [4] + datum)))
  }

  @Test("shapes that are no data are refused", arguments: [[4], [], [4, 5, 6, 2], [4, 5, 0], [1, 2, 3, 4, 5]])
  func badLayouts(shape: [Int]) throws {
    try NPY.write(counted(shape), to: path("a.npy"))
    #expect(
      refusal("a.npy")
        == "a.npy: shape \(shape); expected data (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w) with 1 or 3 channels")
    try NPY.write(counted([0, 3]), to: path("a.npy"))
    #expect(refusal("a.npy") == "a.npy: empty; expected at least one datum")
  }

  @Test("bytes are 0 to 255, bits 0 and 1, real numbers and tables of whole numbers what they are")
  func ranges() throws {
    func range(_ array: DataArray) throws -> ClosedRange<Double> {
      try NPY.write(array, to: path("a.npy"))
      return try resolve("a.npy").train.valueRange
    }
    #expect(try range(counted([2, 2, 2])) == 0...255)
    #expect(try range(DataArray([UInt8(0), 1, 1, 0], shape: [2, 2])) == 0...1)
    #expect(try range(DataArray([Float(0), 7, 1, 0], shape: [2, 2])) == 0...1)
    #expect(try range(DataArray([Int64(0), 7, 1, 0], shape: [2, 2])) == 0...1)
    #expect(try range(DataArray([Int64(0), 7, 1, 0], shape: [2, 2, 1])) == 0...255)
    // One bright pixel, in the last picture of many.
    let pixels = [UInt8](repeating: 0, count: 1_200_000 - 1) + [200]
    #expect(try range(DataArray(pixels, shape: [1200, 1000])) == 0...255)
    #expect(try resolve("a.npy", .never).train.valueRange == 0...255)
  }

  @Test("data to test with in the same file have a range of their own where their numbers are of another kind")
  func testRanges() throws {
    try NPZ.write(
      ["x_train": counted([2, 2, 2]), "x_test": DataArray([Float(0), 0.5, 1, 0], shape: [1, 2, 2])], to: path("a.npz"))
    #expect(try resolve("a.npz").test?.valueRange == 0...1)
    try NPZ.write(
      ["x_train": counted([2, 2, 2]), "x_test": DataArray([UInt8(0), 1, 1, 0], shape: [1, 2, 2])], to: path("a.npz"))
    #expect(try resolve("a.npz").test?.valueRange == 0...255)
  }

  @Test("real numbers that are missing are known to be; by batches they are refused")
  func missing() throws {
    for array in [DataArray([Float(0), .nan, 1, 2], shape: [2, 2]), DataArray([0, .nan, 1, 2], shape: [2, 2])] {
      try NPY.write(array, to: path("a.npy"))
      #expect(try resolve("a.npy").train.isIncomplete)
      let staying = try resolve("a.npy", .never).train
      #expect(try staying.rows.read([1]) == array[1..<2])
      #expect(
        message(scratch) { _ = try staying.rows.read([1, 0]) }
          == "a.npy: a missing number (NaN) in data that are read by batches is not supported; data in memory may lack "
          + "some: --resident always")
    }
  }

  @Test("labels to learn from are not those of data to test with")
  func testLabels() throws {
    try NPZ.write(["x": counted([3, 2]), "y": DataArray([UInt8(0), 1, 1])], to: path("a.npz"))
    try NPZ.write(
      ["x": counted([3, 2]), "y": DataArray([UInt8(1), 0, 0]), "x_test": counted([3, 2])], to: path("b.npz"))
    #expect(try resolve("a.npz", test: "a.npz").test?.labels == [0, 1, 1])
    #expect(try resolve("a.npz", test: "b.npz").test?.labels == nil)
    let refused = message(scratch) {
      _ = try DataSource.resolve(
        path("a.npz"), test: path("b.npz"), testLabels: path("b.npz"), environment: [:])
    }
    #expect(refused == "b.npz: the arrays x, x_test, y; expected one named y_test or test_labels")
  }

  @Test("labels beyond any number of classes are refused")
  func hugeLabels() throws {
    for label in [65_536, 2_000_000_000, Int64(Int32.max), .max] {
      try NPZ.write(["x": counted([2, 2]), "y": DataArray([0, label])], to: path("a.npz"))
      #expect(refusal("a.npz").contains("label \(label); expected labels from 0 to 65535"))
    }
  }

  @Test("a file that is written to while it is read by batches is noticed")
  func changes() throws {
    try NPY.write(counted([2, 2]), to: path("a.npy"))
    let rows = try resolve("a.npy", .never).train.rows
    #expect(try rows.read([1]).bytes == [2, 3])
    let file = try #require(FileHandle(forWritingAtPath: path("a.npy")))
    try file.seekToEnd()
    try file.seek(toOffset: try file.offset() - 1)
    try file.write(contentsOf: [9])
    try file.close()
    // Clocks of file systems are coarse.
    let changed = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 1)]
    try FileManager.default.setAttributes(changed, ofItemAtPath: path("a.npy"))
    #expect(
      message(scratch) { _ = try rows.read([1]) } == "a.npy: cannot be read: it was changed after it was opened")
  }

  @Test("members go by their names, and bring labels and data to test with", arguments: ["a.npz", "a.safetensors"])
  func members(name: String) throws {
    func write(_ arrays: [String: DataArray]) throws {
      if name.hasSuffix("npz") {
        try NPZ.write(arrays, to: path(name))
      } else {
        try Safetensors(tensors: arrays).write(to: path(name))
      }
    }
    let (train, test) = (counted([3, 2, 2]), counted([2, 2, 2]))
    let labels = DataArray([Int64(2), 0, 1], shape: [3, 1])
    // As keras' mnist.npz.
    try write(["x_train": train, "y_train": labels, "x_test": test, "y_test": DataArray([UInt8(1), 1])])
    let source = try resolve(name)
    #expect(source.train.images == train && source.train.labels == [2, 0, 1] && source.train.classCount == 3)
    #expect(source.test?.images == test && source.test?.labels == [1, 1] && source.test?.classCount == 3)
    #expect(source.files.count == 1)
    // Of a file named as test data, the test part is taken.
    #expect(try resolve(name, test: name).test?.images == test)

    try write(["other": train])
    #expect(try resolve(name).train.images == train)
    try write(["other": train, "more": test])
    #expect(
      refusal(name)
        == "\(name): the arrays more, other; expected one named images or x or x_train or train_images or data")
    try write([:])
    #expect(refusal(name).hasPrefix("\(name): no arrays; expected one named images"))
    try write(["x": train, "y": DataArray([Float(0), 1, 2])])
    #expect(refusal(name) == "\(name): y: float32 as labels is not supported; whole numbers are")
    try write(["x": train, "y": DataArray([UInt8(0), 1])])
    #expect(refusal(name).hasSuffix("2 labels; \(name) has 3 data"))
    try write(["x": train, "y": DataArray([Int64(0), 1, -2])])
    #expect(refusal(name).contains("label -2; expected labels from 0 to 65535"))
    try write(["x": train, "y": DataArray([Int64(0), 1, -1])])
    #expect(try resolve(name).train.labels == [0, 1, -1])
  }

  /// Arrays whose rows are read in their file, and how NumPy would say what they are.
  private static let kinds: [(array: DataArray, header: String, change: @Sendable ([UInt8]) -> [UInt8])] = [
    (DataArray((0..<24).map { Float($0) }, shape: [4, 6]), "'<f4'", { $0 }),
    (DataArray((0..<24).map { Float($0) }, shape: [4, 6]), "'>f4'", { ByteOrder.swapped($0, width: 4) }),
    (DataArray((0..<24).map { UInt8($0 % 2) }, shape: [4, 2, 3]), "'|b1'", { $0 }),
    (
      DataArray((0..<24).map { Float($0) }, shape: [4, 6]), "'<f2'",
      { bytes in
        DataArray(bytes: bytes, type: .float32, shape: [24]).elements(as: Float.self)
          .flatMap { ByteOrder.littleEndian(Float16($0).bitPattern) }
      }
    ),
    (DataArray((0..<48).map { UInt8($0) }, shape: [4, 2, 2, 3]), "'|u1'", { $0 }),
  ]

  @Test("rows that stay in their file are those that are in memory", arguments: kinds.indices)
  func sections(index: Int) throws {
    let (array, code, change) = Self.kinds[index]
    let extents = array.shape.map(String.init).joined(separator: ", ")
    var text = Array("{'descr': \(code), 'fortran_order': False, 'shape': (\(extents)), }\n".utf8)
    text = bytes("934e554d50590100") + [UInt8(text.count), 0] + text + change(array.bytes)
    _ = try scratch.file("a.npy", text)
    let held = try resolve("a.npy", .always).train
    let staying = try resolve("a.npy", .never).train
    #expect(staying.rows.inMemory == nil && held.rows.inMemory != nil)
    #expect(staying.datumShape == held.datumShape && staying.valueRange == held.valueRange)
    for rows in [[0, 1, 2, 3], [3, 1], [2, 2, 1, 0, 1], []] {
      #expect(try staying.rows.read(rows) == held.rows.read(rows))
    }
    #expect(try staying[1..<4].rows.read(1..<3) == held.rows.read(2..<4))
    #expect(try staying[1..<4][1..<2].rows.read([0]) == held.rows.read([2]))
    #expect(staying == staying[0..<4] && staying != staying[0..<3] && staying != held)
  }

  @Test("safetensors stay in their file too; a file that becomes shorter is an error")
  func safetensors() throws {
    try Safetensors(tensors: ["a": counted([3]), "images": counted([4, 2, 2])]).write(to: path("a.safetensors"))
    let set = try resolve("a.safetensors", .never).train
    #expect(try set.rows.read([3, 0]).bytes == [12, 13, 14, 15, 0, 1, 2, 3])
    #expect(truncate(path("a.safetensors"), 100) == 0)
    #expect(message(scratch) { _ = try set.rows.read([3]) }.hasPrefix("a.safetensors: ends too early"))
  }

  @Test("what is only read whole is not read by batches")
  func residence() throws {
    try NPZ.write(["x": counted([2, 2])], to: path("a.npz"))
    try IDX.write(counted([2, 2, 2]), to: path("a.idx"))
    _ = try scratch.file("a.csv", Array("x\n1\n".utf8))
    for (name, what) in [("a.npz", "an npz file"), ("a.idx", "an IDX file"), ("a.csv", "a CSV file")] {
      #expect(
        refusal(name, .never)
          == "\(name): reading \(what) by batches is not supported; npy and safetensors files can be read so")
    }
    let text = Array("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2), }".utf8)
    _ = try scratch.file("a.npy", bytes("934e554d50590100") + [UInt8(text.count), 0] + text + [1, 2, 3, 4])
    #expect(
      refusal("a.npy", .never)
        == "a.npy: column-major (Fortran) order of data that are read by batches is not supported; row-major (C) order "
        + "is: numpy.save(path, numpy.ascontiguousarray(x))")
    #expect(
      message(scratch) { _ = try DataSource.resolve("sprites", residence: .never, environment: [:]) }
        == "sprites: reading what is no file by batches is not supported; npy and safetensors files can be read so")
  }
}
