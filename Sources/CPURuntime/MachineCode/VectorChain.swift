/// Elementwise work on float32 that one loop does: between its steps values stay in registers, where the tile machine's
/// own loops would pass each through the first-level cache.
struct VectorChain {
  /// What an instruction or two of the processor do.
  enum Operation: Hashable {
    case apply(VectorAssembler.Operation)
    /// x * y + z, rounded once.
    case fuse
    case sqrt, floor
    case shift(VectorAssembler.Shift, UInt8)
    /// The number of a whole number.
    case toFloat
    /// The third of the operands where the first two are related so, elsewhere the fourth.
    case choose(VectorAssembler.Predicate)
  }

  enum Operand: Hashable {
    /// Element by element, from the list of this number.
    case stream(Int)
    /// The same element throughout, of this number among those.
    case uniform(Int)
    /// The element of these bits.
    case constant(UInt32)
    case step(Int)
  }

  struct Step: Hashable {
    var operation: Operation
    var operands: [Operand]
  }

  private(set) var steps: [Step] = []
  private var known: [Step: Int] = [:]
  var streamCount = 0
  var uniformCount = 0
  /// What is written, each to an address of its own.
  var outputs: [Operand] = []

  /// The value of an operation, which is computed once however often it is asked for.
  mutating func add(_ operation: Operation, _ operands: Operand...) -> Operand {
    let step = Step(operation: operation, operands: operands)
    if let number = known[step] { return .step(number) }
    steps.append(step)
    known[step] = steps.count - 1
    return .step(steps.count - 1)
  }

  /// The loop `f(addresses, count)`, addresses being those of the streams, of the uniform elements and of the outputs in
  /// this order; nil where registers do not suffice. An output may be where a stream is: a vector is written when all that
  /// lie at its place have been read.
  func code() -> [UInt8]? {
    guard var writer = VectorChainWriter(self) else { return nil }
    return writer.write()
  }
}
