import Foundation

/// An ONNX model as it is read: what a graph of `onnx.proto` holds, and its results for inputs, in Double.
struct ONNXReader {
  struct Array: Equatable {
    var shape: [Int]
    var values: [Double]

    var integers: [Int] { values.map { Int($0) } }
  }

  struct Node {
    let type: String
    let inputs: [String]
    let outputs: [String]
    let attributes: [String: [Int]]
  }

  let opset: Int
  let nodes: [Node]
  let initializers: [String: Array]
  /// Names, and extents: a number or a name.
  let inputs: [(name: String, extents: [String])]
  let outputs: [(name: String, extents: [String])]
  let metadata: [String: String]

  init?(path: String) throws {
    guard let model = ProtobufReader([UInt8](try Data(contentsOf: URL(filePath: path)))),
      let graph = model.message(7), let opset = model.message(8)?.integer(2)
    else { return nil }
    self.opset = opset
    nodes = graph.messages(1).map { node in
      let attributes = node.messages(5).map { ($0.text(1) ?? "", $0.integers($0.integer(20) == 2 ? 3 : 8)) }
      return Node(
        type: node.text(4) ?? "", inputs: node.texts(1), outputs: node.texts(2),
        attributes: Dictionary(uniqueKeysWithValues: attributes))
    }
    initializers = Dictionary(
      uniqueKeysWithValues: graph.messages(5).map { tensor in
        let bytes = tensor.bytes(9) ?? []
        let values = bytes.withUnsafeBytes { bytes -> [Double] in
          switch tensor.integer(2) {
          case 1: bytes.bindMemory(to: Float.self).map(Double.init)
          case 6: bytes.bindMemory(to: Int32.self).map(Double.init)
          case 7: bytes.bindMemory(to: Int64.self).map(Double.init)
          default: []
          }
        }
        return (tensor.text(8) ?? "", Array(shape: tensor.integers(1), values: values))
      })
    func described(_ field: Int) -> [(String, [String])] {
      graph.messages(field).map { info in
        let shape = info.message(2)?.message(1)?.message(2)
        return (info.text(1) ?? "", (shape?.messages(1) ?? []).map { $0.text(2) ?? "\($0.integer(1) ?? -1)" })
      }
    }
    (inputs, outputs) = (described(11), described(12))
    metadata = Dictionary(uniqueKeysWithValues: model.messages(14).map { ($0.text(1) ?? "", $0.text(2) ?? "") })
  }

  /// The outputs by name; nil where a node is of a type that is not known here, or reads what is not there.
  func results(of inputs: [String: Array]) -> [String: Array]? {
    var values = initializers.merging(inputs) { $1 }
    for node in nodes {
      let given = node.inputs.compactMap { values[$0] }
      guard given.count == node.inputs.count, let result = Self.result(of: node, given) else { return nil }
      values[node.outputs[0]] = result
    }
    return Dictionary(uniqueKeysWithValues: outputs.compactMap { name, _ in values[name].map { (name, $0) } })
  }

  private static func result(of node: Node, _ x: [Array]) -> Array? {
    func map(_ f: (Double) -> Double) -> Array { Array(shape: x[0].shape, values: x[0].values.map(f)) }
    func meet(_ f: (Double, Double) -> Double) -> Array { stretched(x) { f($0[0], $0[1]) } }
    func list(_ name: String) -> [Int] { node.attributes[name] ?? [] }
    switch node.type {
    case "Identity": return x[0]
    case "Cast": return list("to") == [9] ? map { $0 != 0 ? 1 : 0 } : x[0]
    case "Neg": return map { -$0 }
    case "Abs": return map { abs($0) }
    case "Exp": return map { exp($0) }
    case "Log": return map { log($0) }
    case "Sqrt": return map { $0.squareRoot() }
    case "Reciprocal": return map { 1 / $0 }
    case "Tanh": return map { tanh($0) }
    case "Erf": return map { erf($0) }
    case "Sigmoid": return map { 1 / (1 + exp(-$0)) }
    case "Softplus": return map { max($0, 0) + log1p(exp(-abs($0))) }
    case "Relu": return map { max($0, 0) }
    case "Add": return meet(+)
    case "Sub": return meet(-)
    case "Mul": return meet(*)
    case "Div": return meet(/)
    case "Max": return meet(max)
    case "Min": return meet(min)
    case "Less": return meet { $0 < $1 ? 1 : 0 }
    case "Equal": return meet { $0 == $1 ? 1 : 0 }
    case "Where": return stretched(x) { $0[0] != 0 ? $0[1] : $0[2] }
    case "Shape":
      return Array(shape: [1], values: x[0].shape[list("start")[0]..<list("end")[0]].map(Double.init))
    case "Expand": return stretched([x[0], Array(shape: x[1].integers, values: [])]) { $0[0] }
    case "Reshape":
      let known = x[1].integers.filter { $0 >= 0 }.reduce(1, *)
      return Array(shape: x[1].integers.map { $0 < 0 ? x[0].values.count / known : $0 }, values: x[0].values)
    case "Transpose":
      let order = list("perm")
      return gathered(x[0], order.map { x[0].shape[$0] }) { place in
        order.indices.map { place[order.firstIndex(of: $0)!] }
      }
    case "Slice":
      var (shape, start) = (x[0].shape, [Int](repeating: 0, count: x[0].shape.count))
      for (number, axis) in x[3].integers.enumerated() {
        start[axis] = x[1].integers[number]
        shape[axis] = x[2].integers[number] - start[axis]
      }
      return gathered(x[0], shape) { zip($0, start).map { $0 + $1 } }
    case "Concat": return joined(x, axis: list("axis")[0])
    case "ReduceSum": return reduced(x[0], x[1].integers, 0, +)
    case "ReduceMax": return reduced(x[0], list("axes"), -.infinity, max)
    case "MatMul": return product(x[0], x[1])
    case "Conv", "ConvTranspose": return convolved(node, x[0], x[1])
    default: return nil
    }
  }

  private static func places(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { places, extent in places.flatMap { place in (0..<extent).map { place + [$0] } } }
  }

  private static func offset(_ place: [Int], _ shape: [Int]) -> Int {
    zip(place, shape).reduce(0) { $0 * $1.1 + $1.0 }
  }

  private static func gathered(_ x: Array, _ shape: [Int], _ from: ([Int]) -> [Int]) -> Array {
    Array(shape: shape, values: places(shape).map { x.values[offset(from($0), x.shape)] })
  }

  private static func joined(_ x: [Array], axis: Int) -> Array {
    let inner = x[0].shape[(axis + 1)...].reduce(1, *)
    var result = Array(shape: x[0].shape, values: [])
    result.shape[axis] = x.reduce(0) { $0 + $1.shape[axis] }
    for row in 0..<x[0].shape[..<axis].reduce(1, *) {
      for part in x {
        let length = part.shape[axis] * inner
        result.values += part.values[row * length..<(row + 1) * length]
      }
    }
    return result
  }

  /// By NumPy's rule; an input without values only says its shape.
  private static func stretched(_ x: [Array], _ f: ([Double]) -> Double) -> Array {
    let rank = x.map(\.shape.count).max() ?? 0
    let shapes = x.map { [Int](repeating: 1, count: rank - $0.shape.count) + $0.shape }
    let shape = (0..<rank).map { axis in shapes.map { $0[axis] }.max() ?? 1 }
    let values = places(shape).map { place in
      f(
        zip(x, shapes).map { input, own in
          guard !input.values.isEmpty else { return 0 }
          return input.values[offset(zip(place, own).map { $1 == 1 ? 0 : $0 }, own)]
        })
    }
    return Array(shape: shape, values: values)
  }

  private static func reduced(_ x: Array, _ axes: [Int], _ first: Double, _ f: (Double, Double) -> Double) -> Array {
    let shape = x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] }
    var values = [Double](repeating: first, count: shape.reduce(1, *))
    for (place, value) in zip(places(x.shape), x.values) {
      let target = offset(place.indices.map { axes.contains($0) ? 0 : place[$0] }, shape)
      values[target] = f(values[target], value)
    }
    return Array(shape: shape, values: values)
  }

  private static func product(_ a: Array, _ b: Array) -> Array? {
    guard b.shape.count == 2, a.shape.last == b.shape[0] else { return nil }
    let (inner, columns) = (b.shape[0], b.shape[1])
    var values: [Double] = []
    for row in 0..<a.values.count / inner {
      for column in 0..<columns {
        var sum = 0.0
        for k in 0..<inner { sum += a.values[row * inner + k] * b.values[k * columns + column] }
        values.append(sum)
      }
    }
    return Array(shape: a.shape.dropLast() + [columns], values: values)
  }

  /// Of one group: the transposed one adds each input to all outputs that an ordinary one would read for it.
  private static func convolved(_ node: Node, _ x: Array, _ filter: Array) -> Array? {
    guard node.attributes["group"] == [1], let stride = node.attributes["strides"], let pads = node.attributes["pads"],
      let dilation = node.attributes["dilations"]
    else { return nil }
    let isTransposed = node.type == "ConvTranspose"
    let window = Swift.Array(filter.shape.suffix(2))
    let extents = (0..<2).map { axis in
      let (size, reach) = (x.shape[axis + 2], dilation[axis] * (window[axis] - 1) + 1)
      let padding = pads[axis] + pads[axis + 2]
      return isTransposed
        ? (size - 1) * stride[axis] - padding + reach + (node.attributes["output_padding"]?[axis] ?? 0)
        : (size + padding - reach) / stride[axis] + 1
    }
    let shape = [x.shape[0], filter.shape[isTransposed ? 1 : 0]] + extents
    var y = Array(shape: shape, values: [Double](repeating: 0, count: shape.reduce(1, *)))
    let small = isTransposed ? x.shape : shape
    let large = isTransposed ? shape : x.shape
    for place in places([small[0], small[1], large[1], small[2], small[3], window[0], window[1]]) {
      let there = (0..<2).map { (axis: Int) -> Int in
        let (begin, step) = (place[axis + 3] * stride[axis], place[axis + 5] * dilation[axis])
        return begin + step - pads[axis]
      }
      guard (0..<2).allSatisfy({ 0 <= there[$0] && there[$0] < large[$0 + 2] }) else { continue }
      let near = offset([place[0], place[1], place[3], place[4]], small)
      let far = offset([place[0], place[2]] + there, large)
      let weight = filter.values[offset([place[1], place[2], place[5], place[6]], filter.shape)]
      if isTransposed { y.values[far] += x.values[near] * weight } else { y.values[near] += x.values[far] * weight }
    }
    return y
  }
}
