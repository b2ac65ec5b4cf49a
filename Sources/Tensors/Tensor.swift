import Graphs

@_exported import struct Graphs.ConvolutionWindow
// What every tensor says of itself comes along with it.
@_exported import enum Graphs.ElementType
@_exported import struct Graphs.Shape

/// An array of numbers of one type in rows and columns and further dimensions, or the computation that gives it.
///
/// Tensors are values. Combining them computes nothing yet: the result stands for a node of a graph, which is fused and
/// run as a whole by `evaluate(_:on:)` or by a captured step. What was evaluated, or was made from numbers, is realized:
/// it stands for memory, and can be read.
///
/// ```swift
/// let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
/// let y = (x * 2 - x.mean(axis: 0)).exp()          // (2, 3), nothing computed
/// let values = try y.values(as: Float.self, on: device)
/// ```
///
/// Shapes that do not fit trap where they are written, with a message that names the op and the shapes. Operands of
/// different shapes are broadcast by NumPy's rule: aligned at the last dimension, and an extent of 1 stretches.
/// Operands of different types are never converted silently; see `cast(to:)`.
public struct Tensor: Sendable {
  /// The extents of the dimensions, outermost first.
  public let shape: Shape
  /// The type of the elements.
  public let type: ElementType

  let content: Content

  enum Content: Sendable {
    /// Row-major memory.
    case realized(Storage)
    /// One value everywhere, which needs neither memory nor a graph.
    case constant(Scalar)
    case node(Trace, NodeID)
  }

  init(_ shape: Shape, _ type: ElementType, _ content: Content) {
    self.shape = shape
    self.type = type
    self.content = content
  }

  /// Memory, read as row-major elements.
  public init(_ storage: Storage, shape: Shape, type: ElementType) {
    let byteCount = shape.elementCount * type.byteCount
    guard storage.byteCount == byteCount else {
      trap("Tensor", "\(storage.byteCount) bytes do not fill \(type) of shape \(shape)")
    }
    self.init(shape, type, .realized(storage))
  }

  /// A node of a trace.
  public init(_ node: NodeID, in trace: Trace) {
    let graph = trace.graph
    self.init(graph.shape(node), graph.type(node), .node(trace, node))
  }

  /// The number of dimensions.
  public var rank: Int { shape.rank }

  /// The number of elements.
  public var count: Int { shape.elementCount }

  /// The bytes that the elements take.
  public var byteCount: Int { shape.elementCount * type.byteCount }

  /// The memory of a realized tensor; nil for one that is still to be computed.
  public var storage: Storage? {
    if case .realized(let storage) = content { return storage }
    return nil
  }

  /// One op applied to tensors.
  static func apply(_ op: Op, _ inputs: [Tensor]) -> Tensor {
    let trace = Trace.meeting(inputs)
    return trace.build(from: inputs) { graph, nodes in
      Tensor(known: graph.add(op, nodes), of: graph, in: trace)
    }
  }

  /// A node as a tensor, without its trace where it has one value everywhere.
  init(known node: NodeID, of graph: Graph, in trace: Trace) {
    let content = graph.constant(node).map { Content.constant($0) } ?? .node(trace, node)
    self.init(graph.shape(node), graph.type(node), content)
  }

  /// The axis counted from the end where it is negative.
  func axis(_ axis: Int, _ op: String) -> Int {
    let positive = axis < 0 ? axis + rank : axis
    guard shape.dimensions.indices.contains(positive) else { trap(op, "no axis \(axis) in shape \(shape)") }
    return positive
  }

  /// Different axes in ascending order, counted from the end where they are negative; all where nil.
  func axes(_ axes: [Int]?, _ op: String) -> [Int] {
    guard let axes else { return Array(shape.dimensions.indices) }
    let positive = axes.map { axis($0, op) }.sorted()
    guard Set(positive).count == positive.count else { trap(op, "axes \(axes) repeat") }
    return positive
  }
}
