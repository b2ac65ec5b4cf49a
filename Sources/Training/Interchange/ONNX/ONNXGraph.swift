import Datasets
import Graphs

/// An ONNX graph as it grows: nodes after the nodes that they read, constants, inputs and outputs.
///
/// The messages are `ModelProto` and its parts of ONNX's `onnx.proto`, of opset 17.
struct ONNXGraph {
  private var nodes: [Protobuf] = []
  private var initializers: [Protobuf] = []
  private var inputs: [Protobuf] = []
  private var outputs: [Protobuf] = []
  /// Bytes of the constants.
  private(set) var byteCount = 0
  /// Constants by what they are, so that each is there once.
  private var known: [String: String] = [:]

  /// What a node is told besides its inputs.
  enum Attribute {
    case integer(String, Int)
    case integers(String, [Int])
  }

  private static let opset = 17
  /// The version of the format that goes with the opset.
  private static let formatVersion = 8

  /// Adds a node of one output, and gives the output's name: `result`, or one that is made.
  mutating func add(
    _ type: String, _ inputs: [String], _ attributes: [Attribute] = [], result: String? = nil
  ) -> String {
    let name = "\(type)_\(nodes.count)"
    let output = result ?? name
    nodes.append(
      Protobuf {
        for input in inputs { $0.add(1, input) }
        $0.add(2, output)
        $0.add(3, name)
        $0.add(4, type)
        for attribute in attributes { $0.add(5, attribute.message) }
      })
    return output
  }

  /// Adds numbers by name, little-endian.
  mutating func addInitializer(_ name: String, _ shape: [Int], _ type: ElementType, bytes: [UInt8]) {
    addInitializer(name, shape, type.onnxNumber, bytes)
  }

  private mutating func addInitializer(_ name: String, _ shape: [Int], _ type: Int, _ bytes: [UInt8]) {
    byteCount += bytes.count
    initializers.append(
      Protobuf {
        for extent in shape { $0.add(1, extent) }
        $0.add(2, type)
        $0.add(8, name)
        $0.add(9, bytes: bytes)
      })
  }

  /// The name of a list of integers.
  mutating func integers(_ values: [Int]) -> String {
    constant("integers_" + values.map(String.init).joined(separator: "_").replacing("-", with: "minus")) {
      $0.addInitializer(
        $1, [values.count], 7, values.flatMap { withUnsafeBytes(of: Int64($0).littleEndian) { [UInt8]($0) } })
    }
  }

  /// The name of one number in so many dimensions.
  mutating func scalar(_ scalar: Scalar, rank: Int) -> String {
    constant("number_\(known.count)", for: "\(scalar.type) \(scalar.value) \(rank)") {
      $0.addInitializer(
        $1, [Int](repeating: 1, count: rank), scalar.type, bytes: scalar.type.bytes(of: [scalar.value]))
    }
  }

  private mutating func constant(
    _ name: String, for key: String? = nil, _ make: (inout ONNXGraph, String) -> Void
  ) -> String {
    if let name = known[key ?? name] { return name }
    known[key ?? name] = name
    make(&self, name)
    return name
  }

  mutating func addInput(_ name: String, _ extents: [BatchGraph.Extent]) {
    inputs.append(Self.valueInfo(name, extents, .float32))
  }

  mutating func addOutput(_ name: String, _ extents: [BatchGraph.Extent], _ type: ElementType) {
    outputs.append(Self.valueInfo(name, extents, type))
  }

  private static func valueInfo(_ name: String, _ extents: [BatchGraph.Extent], _ type: ElementType) -> Protobuf {
    let shape = Protobuf { shape in
      for extent in extents {
        shape.add(
          1,
          Protobuf {
            switch extent {
            case .fixed(let count): $0.add(1, count)
            case .batches(1): $0.add(2, "batch")
            // Its size is not said.
            case .batches: break
            }
          })
      }
    }
    let tensor = Protobuf {
      $0.add(1, type.onnxNumber)
      $0.add(2, shape)
    }
    return Protobuf {
      $0.add(1, name)
      $0.add(2, Protobuf { $0.add(1, tensor) })
    }
  }

  /// The whole model as the bytes of a file.
  ///
  /// - Parameter metadata: text by key.
  func model(named name: String, metadata: [String: String]) -> [UInt8] {
    let graph = Protobuf {
      for node in nodes { $0.add(1, node) }
      $0.add(2, name)
      for initializer in initializers { $0.add(5, initializer) }
      for input in inputs { $0.add(11, input) }
      for output in outputs { $0.add(12, output) }
    }
    return Protobuf {
      $0.add(1, Self.formatVersion)
      $0.add(2, "elbo")
      $0.add(3, RunConfiguration.Versions.current.elbo)
      $0.add(7, graph)
      $0.add(8, Protobuf { $0.add(2, Self.opset) })
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
        $0.add(
          14,
          Protobuf {
            $0.add(1, key)
            $0.add(2, value)
          })
      }
    }.bytes
  }
}

extension ONNXGraph.Attribute {
  fileprivate var message: Protobuf {
    Protobuf {
      switch self {
      case .integer(let name, let value):
        $0.add(1, name)
        $0.add(3, value)
        $0.add(20, 2)
      case .integers(let name, let values):
        $0.add(1, name)
        for value in values { $0.add(8, value) }
        $0.add(20, 7)
      }
    }
  }
}

extension ElementType {
  /// `TensorProto.DataType`.
  var onnxNumber: Int {
    switch self {
    case .float32: 1
    case .uint8: 2
    case .int32: 6
    case .float64: 11
    case .uint32: 12
    }
  }

  /// Numbers as the bytes of this type.
  func bytes(of values: [Double]) -> [UInt8] {
    switch self {
    case .float32: values.flatMap { value in withUnsafeBytes(of: Float(value)) { [UInt8]($0) } }
    case .float64: values.flatMap { value in withUnsafeBytes(of: value) { [UInt8]($0) } }
    case .int32: values.flatMap { value in withUnsafeBytes(of: Int32(value)) { [UInt8]($0) } }
    case .uint32: values.flatMap { value in withUnsafeBytes(of: UInt32(value)) { [UInt8]($0) } }
    case .uint8: values.map { UInt8($0) }
    }
  }
}
