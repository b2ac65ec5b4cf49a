import Graphs
import Plans
import TestSupport

/// A graph with the memory that it starts from: what every backend must compute alike.
struct Computation: Sendable {
  var graph = Graph()
  var outputs: [NodeID] = []
  /// What outputs are called in failures, where they have a name.
  private var names: [Int: String] = [:]
  var assignments: [(target: SourceID, value: NodeID)] = []
  /// Sources by their number.
  private(set) var sources: [Reference] = []
  var random: SplitMix

  init(seed: UInt64 = 1) { random = SplitMix(seed: seed) }

  static func id(_ number: Int) -> SourceID { SourceID(raw: UInt64(number)) }

  mutating func source(_ shape: Shape, _ values: [Double], _ type: ElementType) -> NodeID {
    sources.append(Reference(shape, type, values.map { Scalar($0, type).value }))
    return graph.source(Self.id(sources.count - 1), shape: shape, type: type)
  }

  /// A source of unit-sized numbers of either sign, or of small whole numbers.
  mutating func source(_ shape: Shape, _ type: ElementType = .float32) -> NodeID {
    let count = shape.elementCount
    switch type {
    case .float32, .float64: return source(shape, random.signed(count), type)
    case .int32: return source(shape, random.integers(count, in: -50...50), type)
    case .uint32, .uint8: return source(shape, random.integers(count, in: 0...100), type)
    }
  }

  /// Which source a node is.
  func id(of node: NodeID) -> SourceID {
    guard case .source(let id) = graph[node].op else { preconditionFailure("\(graph[node].op.name) is no source") }
    return id
  }

  mutating func output(_ node: NodeID, _ name: String) {
    names[outputs.count] = name
    outputs.append(node)
  }

  func name(ofOutput number: Int) -> String { names[number] ?? "output \(number)" }

  mutating func assign(_ target: NodeID, _ value: NodeID) { assignments.append((id(of: target), value)) }

  var interpreter: ReferenceInterpreter {
    ReferenceInterpreter(
      sources: Dictionary(uniqueKeysWithValues: sources.enumerated().map { (Self.id($0), $1.values) }))
  }

  /// Which families of ops the results depend on.
  var families: Set<OpFamily> {
    Set(graph.reachable(from: outputs + assignments.map(\.value)).map { graph[$0].op.family })
  }

  var types: Set<ElementType> {
    Set(graph.reachable(from: outputs + assignments.map(\.value)).map { graph.type($0) })
  }
}

// The words in which cases are written.
extension Computation {
  mutating func add(_ op: Op, _ inputs: NodeID...) -> NodeID { graph.add(op, inputs) }
  mutating func unary(_ op: UnaryOp, _ x: NodeID) -> NodeID { graph.add(.unary(op), [x]) }
  mutating func binary(_ op: BinaryOp, _ a: NodeID, _ b: NodeID) -> NodeID { graph.add(.binary(op), [a, b]) }
  mutating func like(_ x: NodeID, _ value: Double) -> NodeID { graph.full(value, graph.shape(x), graph.type(x)) }

  /// `x` stretched to a shape of the same or a higher rank.
  mutating func stretch(_ x: NodeID, to shape: Shape) -> NodeID {
    let extents = graph.shape(x).dimensions
    let ones = [Int](repeating: 1, count: shape.rank - extents.count)
    return add(.broadcast(shape), add(.reshape(Shape(ones + extents)), x))
  }

  mutating func transposed(_ x: NodeID) -> NodeID {
    let rank = graph.shape(x).rank
    return add(.permute(Array(0..<rank - 2) + [rank - 1, rank - 2]), x)
  }

  mutating func sum(_ x: NodeID, _ axes: [Int]) -> NodeID { add(.reduce(.sum, axes: axes), x) }

  mutating func total(_ x: NodeID) -> NodeID {
    let sum = sum(x, Array(graph.shape(x).dimensions.indices))
    return add(.reshape(.scalar), sum)
  }
}
