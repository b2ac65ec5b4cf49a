import Graphs
import TestSupport
import Testing

/// Graphs simplify while they are built; the values must not notice. Random programs are evaluated twice: as a graph,
/// and op by op without one.
@Suite struct SimplificationTests {
  @Test(arguments: 0..<200 as Range<UInt64>)
  func valuesAreThoseOfThePlainProgram(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var graph = Graph()
    let interpreter = ReferenceInterpreter(sources: [SourceID(raw: 0): random.signed(24)])
    let source = graph.source(SourceID(raw: 0), shape: [2, 3, 4], type: .float32)
    var values = [(source, interpreter.evaluate([source], of: graph)[0])]
    for constant in [0, 1, -1, 2, 0.5] {
      let plain = Reference([2, 3, 4], .float32, [Double](repeating: constant, count: 24))
      values.append((graph.full(constant, [2, 3, 4], .float32), plain))
    }
    for _ in 0..<30 {
      let (x, plain) = random.pick(values)
      let op = Self.randomOp(plain.shape, &random)
      var inputs = [(x, plain)]
      if case .binary = op { inputs.append(random.pick(values.filter { $0.1.shape == plain.shape })) }
      if case .select = op {
        for _ in 0..<2 { inputs.append(random.pick(values.filter { $0.1.shape == plain.shape })) }
      }
      let result = try ReferenceInterpreter.apply(op, inputs.map(\.1))
      guard result.shape.elementCount <= 500 else { continue }
      values.append((graph.add(op, inputs.map(\.0)), result))
    }
    let found = interpreter.evaluate(values.map(\.0), of: graph)
    for ((_, plain), found) in zip(values, found) {
      #expect(found.shape == plain.shape)
      let comparison = compare(found.values, plain)
      #expect(comparison.isClose, "\(comparison)")
    }
  }

  /// Integers wrap around, folded or not: a constant is clamped when it is made, a result never is.
  @Test func integerConstantsWrapOrAreLeft() throws {
    let cases: [(ElementType, [Double])] = [
      (.uint32, [3, 4_294_967_295]), (.uint8, [3, 200]), (.int32, [-2_147_483_648, 2_147_483_647, -7]),
    ]
    for (type, values) in cases {
      for value in values {
        let plain = Reference([300], type, [Double](repeating: value, count: 300))
        let binary: [Op] = [.add, .subtract, .multiply, .divide, .remainder].map { .binary($0) }
        for op in [.unary(.negate), .unary(.absolute), .reduce(.sum, axes: [0]), .cast(.int32)] + binary {
          var graph = Graph()
          let x = graph.full(value, [300], type)
          let y = graph.full(3, [300], type)
          var (inputs, references) = ([x], [plain])
          if case .binary = op {
            inputs.append(y)
            references.append(Reference([300], type, [Double](repeating: 3, count: 300)))
          }
          let found = ReferenceInterpreter().evaluate([graph.add(op, inputs)], of: graph)[0]
          #expect(found.values == (try ReferenceInterpreter.apply(op, references)).values, "\(op) of \(value) \(type)")
        }
      }
    }
  }

  /// The order of a commutative op's inputs is that of the graph they are in, so equal nodes meet after inclusion too.
  @Test func includedSumsAreOrdered() {
    func source(_ graph: inout Graph, _ id: UInt64) -> NodeID {
      graph.source(SourceID(raw: id), shape: [2], type: .float32)
    }
    var (first, second) = (Graph(), Graph())
    let sum = first.add(.binary(.add), [source(&first, 1), source(&first, 2)])
    let (y, x) = (source(&second, 2), source(&second, 1))
    let known = second.add(.binary(.add), [x, y])
    #expect(second.include([sum], of: first) == [known])
  }

  private static func randomOp(_ shape: Shape, _ random: inout SplitMix) -> Op {
    let extents = shape.dimensions
    let axes = Array(extents.indices)
    switch random.next() % 10 {
    case 0: return .permute(axes.shuffled(using: &random))
    case 1: return .reshape(Shape(extents.shuffled(using: &random)))
    case 2:
      let start = extents.map { Int.random(in: 0...$0 / 2, using: &random) }
      return .slice(start: start, end: zip(start, extents).map { Int.random(in: min($0 + 1, $1)...$1, using: &random) })
    case 3:
      return .pad(before: axes.map { _ in Int(random.next() % 2) }, after: axes.map { _ in Int(random.next() % 2) })
    case 4: return .broadcast(Shape(extents.map { $0 == 1 ? 3 : $0 }))
    case 5: return .reduce(.sum, axes: axes.filter { _ in random.next() % 2 == 0 })
    case 6: return .unary(random.pick([.negate, .absolute, .relu, .sign, .floor, .exp, .sigmoid]))
    case 7: return .select
    default: return .binary(random.pick([.add, .subtract, .multiply, .maximum, .minimum, .less, .equal]))
    }
  }
}
