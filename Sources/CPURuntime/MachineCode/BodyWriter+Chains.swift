import CVectorLoops

/// A chain among the instructions of a body.
struct BodyChain {
  var run: @convention(c) (UnsafePointer<UnsafeMutableRawPointer?>?, Int64) -> Void
  /// What it reads element by element, what it reads once, and what it computes.
  var values: [TileValue]
  /// Where the second and the third begin.
  var firstUniform, firstOutput: Int
}

extension BodyWriter {
  /// Puts ops that a chain can do together into chains, as long as registers suffice. Instructions between them that do
  /// not wait for them come before; those that do end the chain.
  ///
  /// Returns what has become of a value; of those inside chains only the ones in `kept` may be asked for.
  mutating func formChains(keeping kept: [TileValue], in tables: Tables) -> (TileValue) -> TileValue {
    var former = ChainFormer(self, kept: kept, tables: tables)
    former.form()
    instructions = former.result
    chains = former.chains
    let places = former.places
    func moved(_ value: TileValue) -> TileValue {
      guard case .instruction(let index) = value else { return value }
      return .instruction(places[index]!)
    }
    accessRows = accessRows.map { $0.map(moved) }
    return moved
  }
}

private struct ChainFormer {
  private let writer: BodyWriter
  private let tables: Tables
  /// The instructions that read each one; -1 stands for a reader outside of the body.
  private var readers: [Set<Int>]
  /// Of the chain that is being formed.
  private var members: [Int] = []

  private(set) var result: [TileInstruction] = []
  private(set) var chains: [BodyChain] = []
  /// Where each instruction has gone.
  private(set) var places: [Int: Int] = [:]

  init(_ writer: BodyWriter, kept: [TileValue], tables: Tables) {
    self.writer = writer
    self.tables = tables
    readers = [Set<Int>](repeating: [], count: writer.instructions.count)
    for index in writer.instructions.indices {
      for operand in Self.dependencies(writer, index) { readers[operand].insert(index) }
    }
    for case .instruction(let index) in kept { readers[index].insert(-1) }
  }

  /// The instructions whose values one reads.
  private static func dependencies(_ writer: BodyWriter, _ index: Int) -> [Int] {
    writer.instructions[index].operands.compactMap { if case .instruction(let number) = $0 { number } else { nil } }
  }

  mutating func form() {
    for index in writer.instructions.indices {
      let depends = Self.dependencies(writer, index).contains(where: members.contains)
      if isCandidate(index) {
        if !fits(members + [index]) { close() }
        members.append(index)
      } else {
        if depends { close() }
        append(index)
      }
    }
    close()
  }

  private func isCandidate(_ index: Int) -> Bool {
    let instruction = writer.instructions[index]
    guard instruction.action == ELBO_APPLY, let op = instruction.op else { return false }
    return op.hasSteps && instruction.type == .float32 && instruction.extent == ELBO_FULL && !instruction.isInPrologue
  }

  private mutating func append(_ index: Int) {
    var instruction = writer.instructions[index]
    instruction.operands = instruction.operands.map(moved)
    places[index] = result.count
    result.append(instruction)
  }

  private func moved(_ value: TileValue) -> TileValue {
    guard case .instruction(let index) = value else { return value }
    return .instruction(places[index]!)
  }

  // MARK: A chain

  /// The chain of some instructions, the values that it reads, and which of the instructions it gives.
  private func chain(of members: [Int]) -> (chain: VectorChain, inputs: [TileValue], outputs: [Int]) {
    var chain = VectorChain()
    var streams: [TileValue] = []
    var uniforms: [TileValue] = []
    var outputs: [Int] = []
    var results: [Int: VectorChain.Operand] = [:]
    func position(_ value: TileValue, in list: inout [TileValue]) -> Int {
      if let known = list.firstIndex(of: value) { return known }
      list.append(value)
      return list.count - 1
    }
    for index in members {
      let instruction = writer.instructions[index]
      let operands = instruction.operands.enumerated().map { number, value -> VectorChain.Operand in
        switch value {
        case .constant(let number): return .constant(UInt32(truncatingIfNeeded: writer.constants[number]))
        case .instruction(let operand):
          if let result = results[operand] { return result }
          let isUniform = instruction.scalars & 1 << UInt8(number) != 0
          return isUniform ? .uniform(position(value, in: &uniforms)) : .stream(position(value, in: &streams))
        }
      }
      let result = chain.apply(instruction.op!, operands)
      results[index] = result
      if !readers[index].isSubset(of: members) {
        chain.outputs.append(result)
        outputs.append(index)
      }
    }
    chain.streamCount = streams.count
    chain.uniformCount = uniforms.count
    return (chain, streams + uniforms, outputs)
  }

  /// Whether the machine can hand over the values, and registers suffice for them.
  private func fits(_ members: [Int]) -> Bool {
    let (chain, inputs, outputs) = chain(of: members)
    return inputs.count + outputs.count <= ELBO_CHAIN_VALUES && chain.code() != nil
  }

  /// Writes the members as one instruction, if there are several, and begins anew.
  private mutating func close() {
    defer { members = [] }
    let (chain, inputs, outputs) = chain(of: members)
    guard members.count > 1, let bytes = chain.code(), let code = tables.code(bytes) else {
      for index in members { append(index) }
      return
    }
    var instruction = TileInstruction(
      action: ELBO_CHAIN, type: .float32, extent: ELBO_UNIFORM, isInPrologue: false, operands: inputs.map(moved))
    instruction.detail = chains.count
    result.append(instruction)
    for index in outputs {
      places[index] = result.count
      result.append(TileInstruction(action: ELBO_LINK, type: .float32, extent: ELBO_FULL, isInPrologue: false))
    }
    chains.append(
      BodyChain(
        run: unsafeBitCast(code, to: (@convention(c) (UnsafePointer<UnsafeMutableRawPointer?>?, Int64) -> Void).self),
        values: (inputs + outputs.map(TileValue.instruction)).map(moved), firstUniform: chain.streamCount,
        firstOutput: inputs.count))
  }
}
