import Graphs
import Tensors

extension ONNXTranslator {
  /// What a node becomes whose inputs have become something.
  ///
  /// - Throws: `ExportError.notInONNX` for an op that has no counterpart.
  mutating func value(of id: NodeID, _ node: Node) throws -> Value {
    let inputs = node.inputs
    switch node.op {
    case .source(let number): return try sourceValue(id, source.source(number))
    case .iota(let shape, let axis, let type):
      guard case .fixed(let count) = extents(id)[axis] else { throw ExportError.dependsOnBatchSize(node.op.name) }
      var extents = [BatchGraph.Extent](repeating: .fixed(1), count: shape.rank)
      extents[axis] = .fixed(count)
      let name = "coordinates_\(id.index)"
      let dimensions = shape.dimensions.indices.map { $0 == axis ? count : 1 }
      onnx.addInitializer(name, dimensions, type, bytes: type.bytes(of: (0..<count).map(Double.init)))
      return Value(name: name, extents: extents)

    case .unary(let op): return unary(op, inputs[0])
    case .binary(let op): return binary(op, inputs)
    case .select:
      let (condition, a, b) = (truth(inputs[0]), number(inputs[1]), number(inputs[2]))
      return elementwise("Where", [condition, a, b])
    case .cast(let type):
      let value = stored(inputs[0])
      return Value(
        name: onnx.add("Cast", [value.name], [.integer("to", type.onnxNumber)]), extents: value.extents)
    case .stopGradient: return stored(inputs[0])

    case .reshape: return try reshaped(id, inputs[0])
    case .broadcast: return stored(inputs[0])
    case .permute(let axes):
      let value = number(inputs[0])
      return Value(
        name: onnx.add("Transpose", [value.name], [.integers("perm", axes)]), extents: axes.map { value.extents[$0] })
    case .slice(let start, _): return try sliced(id, inputs[0], start)
    case .pad(let before, let after):
      return try made(id, "Pad", inputs, and: [onnx.integers(before + after)])
    case .concatenate(let axis): return try made(id, "Concat", inputs, [.integer("axis", axis)])

    case .reduce(.sum, let axes):
      return try made(id, "ReduceSum", inputs, [.integer("keepdims", 1)], and: [onnx.integers(axes)])
    case .reduce(.maximum, let axes):
      return try made(id, "ReduceMax", inputs, [.integers("axes", axes), .integer("keepdims", 1)])
    case .matmul: return try made(id, "MatMul", inputs)
    case .convolution(let window): return try made(id, "Conv", inputs, window.attributes)
    case .convolutionInputGradient(let window, let input):
      let (from, filter) = (source.graph.shape(inputs[0]), source.graph.shape(inputs[1]))
      let padding = (0..<2).map { axis in
        input[axis + 2] - (from[axis + 2] - 1) * window.stride[axis] + 2 * window.padding[axis]
          - window.dilation[axis] * (filter[axis + 2] - 1) - 1
      }
      return try made(id, "ConvTranspose", inputs, window.attributes + [.integers("output_padding", padding)])
    case .gather: return try made(id, "Gather", inputs, [.integer("axis", 0)])

    case .constant, .random, .shuffle, .convolutionFilterGradient: throw ExportError.notInONNX(node.op.name)
    }
  }

  /// A node of whole inputs that gives the whole result.
  private mutating func made(
    _ id: NodeID, _ type: String, _ inputs: [NodeID], _ attributes: [ONNXGraph.Attribute] = [], and more: [String] = []
  ) throws -> Value {
    var names: [String] = []
    for input in inputs { names.append(try whole(input)) }
    return Value(name: onnx.add(type, names + more, attributes), extents: extents(id))
  }

  private mutating func sourceValue(_ id: NodeID, _ found: BatchGraph.Source) throws -> Value {
    switch found {
    case .input(let place): return Value(name: inputNames[place], extents: extents(id))
    case .memory(let memory, let storage):
      // A model of a single parameter has all of the memory for it.
      guard !isArena(id) else { return try parameter(parameters.parameters[0]) }
      let name = statePaths[memory] ?? "values_\(id.index)"
      let shape = source.graph.shape(id)
      onnx.addInitializer(name, shape.dimensions, source.graph.type(id), bytes: try storage.bytes())
      return Value(name: name, extents: extents(id))
    }
  }

  /// A parameter under its path and in its own shape, as PyTorch has it.
  private mutating func parameter(_ entry: ParameterArena.Entry) throws -> Value {
    guard let value = try parameters.value(of: entry.path) else {
      preconditionFailure("[onnx] no parameter \(entry.path)")
    }
    onnx.addInitializer(entry.path, entry.shape.dimensions, value.type, bytes: try value.bytes())
    return Value(name: entry.path, extents: entry.shape.dimensions.map { .fixed($0) })
  }

  private mutating func sliced(_ id: NodeID, _ input: NodeID, _ start: [Int]) throws -> Value {
    if isArena(input) {
      let range = start[0]..<start[0] + source.graph.shape(id)[0]
      guard let entry = parameters.parameters.first(where: { $0.range == range }) else {
        throw ExportError.notInONNX("a part of a parameter")
      }
      return try parameter(entry)
    }
    var (starts, ends, axes): ([Int], [Int], [Int]) = ([], [], [])
    for (axis, (extent, before)) in zip(extents(id), extents(input)).enumerated() where extent != before {
      guard case .fixed(let count) = extent else { throw ExportError.dependsOnBatchSize("slice") }
      starts.append(start[axis])
      ends.append(start[axis] + count)
      axes.append(axis)
    }
    return try made(id, "Slice", [input], and: [onnx.integers(starts), onnx.integers(ends), onnx.integers(axes)])
  }

  private mutating func reshaped(_ id: NodeID, _ input: NodeID) throws -> Value {
    let extents = extents(id)
    // What is read off the parameters is a list in the graph, and has its own shape here.
    let value = stored(input)
    if value.extents == extents, !value.isTruth { return value }
    let isParameter = value.extents.count != self.extents(input).count
    let open = extents.count { if case .batches = $0 { true } else { false } }
    guard open <= 1 else { throw ExportError.dependsOnBatchSize("reshape") }
    let target = extents.map { if case .fixed(let count) = $0 { count } else { -1 } }
    let name = isParameter ? value.name : try whole(input)
    return Value(name: onnx.add("Reshape", [name, onnx.integers(target)]), extents: extents)
  }

  /// An op that stretches its inputs to one shape.
  private mutating func elementwise(
    _ type: String, _ inputs: [Value], _ attributes: [ONNXGraph.Attribute] = [], isTruth: Bool = false
  ) -> Value {
    let name = onnx.add(type, inputs.map(\.name), attributes)
    let extents = inputs.dropFirst().reduce(inputs[0].extents) { extents, input in
      zip(extents, input.extents).map { $0 == .fixed(1) ? $1 : $0 }
    }
    return Value(name: name, extents: extents, isTruth: isTruth)
  }

  private mutating func unary(_ op: UnaryOp, _ input: NodeID) -> Value {
    let x = number(input)
    let one = Scalar(1, source.graph.type(input))
    switch op {
    case .log1p:
      let sum = onnx.add("Add", [x.name, onnx.scalar(one, rank: 0)])
      return Value(name: onnx.add(op.onnxName, [sum]), extents: x.extents)
    case .expm1:
      let power = onnx.add(op.onnxName, [x.name])
      return Value(name: onnx.add("Sub", [power, onnx.scalar(one, rank: 0)]), extents: x.extents)
    default: return elementwise(op.onnxName, [x])
    }
  }

  private mutating func binary(_ op: BinaryOp, _ inputs: [NodeID]) -> Value {
    elementwise(
      op.onnxName, [number(inputs[0]), number(inputs[1])], op == .remainder ? [.integer("fmod", 1)] : [],
      isTruth: op == .less || op == .equal)
  }
}

extension UnaryOp {
  /// That of the op, or of the one on which its translation rests.
  fileprivate var onnxName: String {
    switch self {
    case .negate: "Neg"
    case .absolute: "Abs"
    case .sign: "Sign"
    case .floor: "Floor"
    case .exp, .expm1: "Exp"
    case .log, .log1p: "Log"
    case .sqrt: "Sqrt"
    case .reciprocal: "Reciprocal"
    case .sin: "Sin"
    case .cos: "Cos"
    case .tanh: "Tanh"
    case .sigmoid: "Sigmoid"
    case .softplus: "Softplus"
    case .erf: "Erf"
    case .relu: "Relu"
    }
  }
}

extension BinaryOp {
  fileprivate var onnxName: String {
    switch self {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .maximum: "Max"
    case .minimum: "Min"
    case .power: "Pow"
    case .remainder: "Mod"
    case .less: "Less"
    case .equal: "Equal"
    }
  }
}

extension ConvolutionWindow {
  fileprivate var attributes: [ONNXGraph.Attribute] {
    [
      .integers("strides", stride), .integers("pads", padding + padding), .integers("dilations", dilation),
      .integer("group", groups),
    ]
  }
}
