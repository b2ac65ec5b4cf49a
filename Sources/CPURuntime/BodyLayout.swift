import CVectorLoops
import Graphs
import Plans

/// Scratch memory of one thread, handed out once while a kernel is prepared.
struct ScratchLayout {
  private(set) var byteCount = 0

  /// The offset of new bytes, on a line of the cache.
  mutating func take(_ bytes: Int) -> Int {
    let offset = byteCount
    byteCount += (bytes + 63) / 64 * 64
    return offset
  }
}

/// A value that a kernel writes at each place of its space.
struct TileStore {
  var value: TileValue
  var argument: Int
  var type: ElementType
  var offset: Int
  var strides: [Int]
}

/// Numbers the instructions of a body, decides what may point into arguments instead of being copied, and gives each
/// value a place in scratch memory.
struct BodyLayout {
  private let writer: BodyWriter
  private let stores: [TileStore]
  private let results: [TileValue]
  /// Instructions in the order in which they run, and each one's number.
  private let order: [Int]
  private let number: [Int]
  /// The number of the last instruction that reads a value; `Int.max` where a store or a reduction does.
  private var lastUse: [Int]
  /// Stores and reductions that read each instruction.
  private var outerReaders: [Int]

  init(_ writer: BodyWriter, stores: [TileStore], results: [TileValue]) {
    self.writer = writer
    self.stores = stores
    self.results = results
    let indices = writer.instructions.indices
    order =
      indices.filter { writer.instructions[$0].isInPrologue } + indices.filter { !writer.instructions[$0].isInPrologue }
    var number = [Int](repeating: 0, count: order.count)
    for (position, index) in order.enumerated() { number[index] = position }
    self.number = number
    lastUse = [Int](repeating: -1, count: order.count)
    for index in indices {
      for case .instruction(let operand) in writer.instructions[index].operands {
        lastUse[operand] = max(lastUse[operand], number[index])
      }
    }
    outerReaders = [Int](repeating: 0, count: order.count)
    for case .instruction(let value) in stores.map(\.value) + results {
      lastUse[value] = .max
      outerReaders[value] += 1
    }
  }

  /// The number that the machine knows a value by.
  func number(of value: TileValue) -> Int32 {
    switch value {
    case .instruction(let index): Int32(number[index])
    case .constant(let index): Int32(order.count + index)
    }
  }

  // MARK: Values in arguments

  private func loads(ofArgument argument: Int) -> [Int] {
    order.filter { writer.instructions[$0].action == ELBO_LOAD && writer.instructions[$0].argument == argument }
  }

  /// Whether a store's value may be computed in the argument: nothing reads what was there afterwards, and nothing else
  /// decides where the value is.
  private func isDirect(_ position: Int) -> Bool {
    let store = stores[position]
    guard case .instruction(let index) = store.value else { return false }
    let instruction = writer.instructions[index]
    guard instruction.action != ELBO_LOAD, !instruction.isInPrologue, instruction.extent == ELBO_FULL,
      stores.firstIndex(where: { $0.value == store.value }) == position
    else { return false }
    return loads(ofArgument: store.argument).allSatisfy { load in
      lastUse[load] <= number[index] && writer.instructions[load].extent == ELBO_FULL
        && writer.accesses[writer.instructions[load].detail].hasStrides(store.strides)
    }
  }

  /// Whether a load may point into its argument: no store changes it while the value is in use.
  private func mayAlias(_ index: Int, direct: [Bool]) -> Bool {
    let argument = writer.instructions[index].argument
    for (position, store) in stores.enumerated() where store.argument == argument {
      guard lastUse[index] != .max else { return false }
      if direct[position], case .instruction(let value) = store.value, lastUse[index] > number[value] { return false }
    }
    return true
  }

  /// Whether rows of a value may lie apart: chains alone read it or write it, and at most one store takes it.
  private func mayHavePitch(_ index: Int) -> Bool {
    guard writer.instructions[index].extent == ELBO_FULL, outerReaders[index] <= (isLink(index) ? 1 : 0) else {
      return false
    }
    return writer.instructions.indices.allSatisfy {
      writer.instructions[$0].action == ELBO_CHAIN
        || !writer.instructions[$0].operands.contains(.instruction(index))
    }
  }

  private func mayHavePitch(_ value: TileValue) -> Bool {
    guard case .instruction(let index) = value else { return false }
    return isLink(index) && mayHavePitch(index)
  }

  private func isLink(_ index: Int) -> Bool { writer.instructions[index].action == ELBO_LINK }

  // MARK: Places

  /// Gives each instruction a place; values that are no longer read give theirs back. Values of the prologue stay.
  private func places(_ scratch: inout ScratchLayout) -> [Int] {
    var places = [Int](repeating: 0, count: order.count)
    var free: [Int: [Int]] = [:]
    var endingAt: [Int: [Int]] = [:]
    for index in order where !writer.instructions[index].isInPrologue {
      endingAt[lastUse[index], default: []].append(index)
    }
    for (position, index) in order.enumerated() {
      let instruction = writer.instructions[index]
      let ending = endingAt[position] ?? []
      let size = byteCount(of: instruction)
      // A loop may write over an operand of the same layout that nothing reads after it.
      if instruction.action == ELBO_APPLY {
        for operand in ending where byteCount(of: writer.instructions[operand]) == size {
          free[size, default: []].append(places[operand])
        }
      }
      places[index] = free[size]?.popLast() ?? scratch.take(size)
      for operand in ending
      where instruction.action != ELBO_APPLY || byteCount(of: writer.instructions[operand]) != size {
        free[byteCount(of: writer.instructions[operand]), default: []].append(places[operand])
      }
      // What nobody reads is free at once.
      if lastUse[index] < 0 { free[size, default: []].append(places[index]) }
    }
    return places
  }

  /// A line more than a tile, so that the values of a tile do not all begin in the same set of the cache.
  private func byteCount(of instruction: TileInstruction) -> Int {
    instruction.extent == ELBO_UNIFORM ? 64 : writer.shape.size * instruction.type.byteCount + 64
  }

  // MARK: The body

  /// The machine's tables.
  func body(_ tables: Tables, _ scratch: inout ScratchLayout) -> elbo_body {
    let direct = stores.indices.map(isDirect)
    let places = places(&scratch)
    var accesses = writer.accesses
    for index in accesses.indices {
      accesses[index].bounds = UnsafePointer(tables.copy(writer.accessBounds[index]))
      if let row = writer.accessRows[index] { accesses[index].row = number(of: row) }
    }
    let instructions = order.map { index in
      let source = writer.instructions[index]
      var instruction = elbo_instruction()
      instruction.action = source.action
      instruction.extent = source.extent
      instruction.type = source.type.rawValue
      instruction.size = UInt8(source.type.byteCount)
      instruction.scalars = source.scalars
      instruction.may_alias = source.action == ELBO_LOAD && mayAlias(index, direct: direct) ? 1 : 0
      instruction.may_have_pitch = instruction.may_alias != 0 && mayHavePitch(index) ? 1 : 0
      let operands = source.operands.map(number(of:)) + [Int32](repeating: 0, count: 4)
      instruction.operand = (operands[0], operands[1], operands[2], operands[3])
      instruction.operand_extent = source.operandExtent
      instruction.detail = Int32(source.detail)
      instruction.place = Int32(places[index])
      instruction.loop = source.loop
      return instruction
    }
    var body = elbo_body()
    body.loops = writer.loops
    body.instructions = UnsafePointer(tables.copy(instructions))
    body.accesses = UnsafePointer(tables.copy(accesses))
    body.chains = UnsafePointer(
      tables.copy(
        writer.chains.map { chain in
          elbo_chain(
            run: chain.run, values: UnsafePointer(tables.copy(chain.values.map(number(of:)))),
            value_count: Int32(chain.values.count), first_uniform: Int32(chain.firstUniform),
            first_output: Int32(chain.firstOutput))
        }))
    body.stores = UnsafePointer(
      tables.copy(
        zip(stores, direct).map { store, isDirect in
          elbo_store(
            at: elbo_affine(offset: store.offset, strides: store.strides), argument: Int32(store.argument),
            value: number(of: store.value), size: UInt8(store.type.byteCount), is_direct: isDirect ? 1 : 0,
            may_have_pitch: isDirect && mayHavePitch(store.value) ? 1 : 0)
        }))
    body.constants = UnsafePointer(tables.copy(writer.constants))
    body.instruction_count = Int32(order.count)
    body.constant_count = Int32(writer.constants.count)
    body.store_count = Int32(stores.count)
    body.prologue_count = Int32(order.count { writer.instructions[$0].isInPrologue })
    body.rank = Int32(writer.analysis.space.rank)
    body.has_short_rows = writer.shape.hasShortRows ? 1 : 0
    body.tile = Int64(writer.shape.size)
    return body
  }

  /// Bytes that the addresses of the body's values take, and the distances between their rows.
  var valueByteCount: Int { (2 * order.count + writer.constants.count + 1) * MemoryLayout<UnsafeRawPointer>.size }
}

extension elbo_access {
  /// Whether a load without bounds or rows lies exactly where a store of these strides does, up to its offset.
  fileprivate func hasStrides(_ strides: [Int]) -> Bool {
    guard bound_count == 0, row < 0 else { return false }
    return withUnsafeBytes(of: at.stride) { bytes in
      strides.enumerated().allSatisfy { bytes.load(fromByteOffset: $0.offset * 8, as: Int64.self) == $0.element }
    }
  }
}
