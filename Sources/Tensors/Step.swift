import Graphs
import Plans
import Runtime
import Synchronization

/// A computation over batches, captured once and replayed: training, evaluation, anything that runs many times.
///
/// ```swift
/// let step = try Step(on: device, over: source, batchSize: 128, seed: 0, metrics: ["loss"]) { batch in
///   let x = batch.fields[0].cast(to: .float32) / 255
///   return [minimizer.minimize(vae.elbo(x, noise: batch.noise).loss).loss]
/// }
/// let records = try step.run(times: 1000)
/// ```
///
/// The body runs when the step is made, twice for each batch size that an epoch has, and must build the same graph both
/// times: a number of the host that changes in between would be frozen, and is an error instead. What changes from run
/// to run are the batch, the noise, and variables, which the body reads and assigns; a variable is assigned once, after
/// everything has read it. Running the step then neither traces, plans, allocates nor copies, and of a resident source
/// nothing crosses to the device.
///
/// Each run's metrics go to a ring of memory on the device, which the host reads when it is full or when asked.
public final class Step: Sendable {
  /// What a draw of noise depends on besides seed and datum.
  public enum Drawing: Hashable, Sendable {
    /// The run: training.
    case anew
    /// Nothing: a datum's noise is the same whenever and in whatever batch it comes, so that evaluation does not depend
    /// on the batch size.
    case fixed
  }

  /// What one run reported.
  public struct Record: Hashable, Sendable {
    /// Runs before this one.
    public let run: Int
    /// Data in the batch.
    public let count: Int
    /// In the order of the step's metrics.
    public let values: [Float]
  }

  public let metrics: [String]
  public let batchSize: Int
  /// Data in an epoch.
  public let dataCount: Int
  /// Plans by batch size: that of most batches, and that of the last where it is smaller.
  public let plans: [Int: Plan]

  let backend: any Backend
  let programs: [Int: any Program]
  let drawing: Drawing
  /// Runs that the ring of metrics holds.
  let ringLength: Int
  private let state: Mutex<State>
  private let countersVariable: Variable
  private let ring: Variable
  /// Variables that programs are bound to, with their buffers.
  private let bindings: [(Storage, any Buffer)]

  private let source: BatchSource
  private let staging: Staging?

  private struct State {
    var counters: StepCounters
    var rows = Staging.Rows()
    /// Where the step stood when its metrics were last read.
    var read: StepCounters
  }

  /// Captures a step.
  ///
  /// - Parameters:
  ///   - metrics: names for what the body returns, one each.
  ///   - ringLength: how many runs' metrics the device holds.
  ///   - workspace: scratch memory to share with other steps on this device.
  ///   - body: builds the computation for a batch; returns tensors of one element.
  /// - Throws: `StepError` if the body does not build the same twice, and what planning and the device throw.
  public init(
    on backend: any Backend, over source: BatchSource, batchSize: Int, seed: UInt64, drawing: Drawing = .anew,
    metrics: [String], ringLength: Int = 1024, workspace: Workspace = Workspace(), _ body: (Batch) throws -> [Tensor]
  ) throws {
    guard batchSize > 0 else { trap("Step", "a batch of \(batchSize) data") }
    guard source.count > 0 else { trap("Step", "no data") }
    guard ringLength > 0 else { trap("Step", "metrics of \(ringLength) runs") }
    let counters = StepCounters(seed: seed)
    countersVariable = Variable(Tensor(counters.words))
    ring = Variable(Tensor.zeros([ringLength, max(metrics.count, 1)]))
    state = Mutex(State(counters: counters, read: counters))
    self.backend = backend
    self.source = source
    self.metrics = metrics
    self.drawing = drawing
    self.ringLength = ringLength
    dataCount = source.count
    self.batchSize = min(batchSize, source.count)

    let sizes = Set([self.batchSize, source.count % self.batchSize]).filter { $0 > 0 }
    staging = Staging(source, batchSizes: sizes)
    let captured = StepCapture(
      source: source, staging: staging, drawing: drawing, metrics: metrics, counters: countersVariable, ring: ring)
    var plans: [Int: Plan] = [:]
    var programs: [Int: any Program] = [:]
    var bindings: [SourceID: (Storage, any Buffer)] = [:]
    for count in sizes {
      let plan = try captured.plan(batch: count, limits: backend.limits, body)
      let segments = try workspace.segments(
        plan.memory.filter { $0.region == .workspace }.map(\.byteCount), on: backend)
      var free = segments[...]
      let buffers = try plan.memory.map { memory -> any Buffer in
        switch memory.region {
        case .workspace: return free.removeFirst()
        case .output: preconditionFailure("a step has no output but its variables")
        case .source(let id):
          if let known = bindings[id] { return known.1 }
          let storage = captured.storage(of: id)
          let buffer = try storage.buffer(on: backend)
          bindings[id] = (storage, buffer)
          return buffer
        }
      }
      plans[count] = plan
      programs[count] = try backend.program(for: plan, buffers: buffers)
    }
    self.plans = plans
    self.programs = programs
    self.bindings = Array(bindings.values)
  }

  /// Runs in one epoch.
  public var runsPerEpoch: Int { (dataCount + batchSize - 1) / batchSize }

  /// Where the step stands.
  public var counters: StepCounters { state.withLock { $0.counters } }

  /// Goes on from another place.
  ///
  /// - Throws: `StepError.cannotResume` where no batch of an epoch begins there.
  public func resume(at counters: StepCounters) throws {
    guard counters.position < dataCount, Int(counters.position) % batchSize == 0 else {
      throw StepError.cannotResume("position \(counters.position) of \(dataCount) data in batches of \(batchSize)")
    }
    try state.withLock { state in
      try countersVariable.write(Tensor(counters.words))
      state.counters = counters
      state.read = counters
    }
  }

  /// Runs over the rest of the current epoch.
  @discardableResult
  public func runEpoch() throws -> [Record] {
    let left = (dataCount - Int(counters.position) + batchSize - 1) / batchSize
    return try run(times: left)
  }

  /// Runs and reads what each run reported.
  public func run(times: Int) throws -> [Record] {
    try state.withLock { state in
      var records: [Record] = []
      var left = times
      while left > 0 {
        let now = min(left, max(0, ringLength - unreadCount(state)))
        try replay(now, &state)
        left -= now
        records += try read(&state)
      }
      return records
    }
  }

  /// Runs without reading the metrics; the last `ringLength` runs' stay readable. Returns when the device may still be
  /// at work.
  public func replay(times: Int) throws {
    try state.withLock { try replay(times, &$0) }
  }

  /// Runs once, waiting for each launch, and gives the seconds that each launch of the batch's plan took on the device.
  public func profile() throws -> [Double] {
    try state.withLock { state in
      try checkBindings()
      let count = batchCount(at: state.counters)
      if let staging { try staging.bring(count, at: state.counters, &state.rows, on: backend) }
      let seconds = try programs[count]!.profile()
      state.counters = state.counters.advanced(by: count, of: dataCount, drawing: drawing)
      return seconds
    }
  }

  /// What the runs since the last reading reported.
  public func readRecords() throws -> [Record] {
    try state.withLock { try read(&$0) }
  }

  /// The batch of the next run, for a computation outside of the step: the same data and the same noise.
  ///
  /// The key of the noise draws the step's numbers where it is asked in the step's order.
  public func nextBatch() throws -> Batch {
    let counters = counters
    let count = batchCount(at: counters)
    return Batch(
      count, of: source, at: Tensor(counters.words), drawing: drawing,
      staged: try staging?.batch(count, at: counters, on: backend))
  }

  /// Waits for the device.
  public func synchronize() throws { try programs[batchSize]?.synchronize() }

  private func replay(_ times: Int, _ state: inout State) throws {
    try checkBindings()
    var left = times
    while left > 0 {
      let remaining = dataCount - Int(state.counters.position)
      let count = batchCount(at: state.counters)
      var runs = count < batchSize ? 1 : min(left, remaining / batchSize)
      if let staging {
        runs = 1
        try staging.bring(count, at: state.counters, &state.rows, on: backend)
      }
      try programs[count]!.run(times: runs)
      for _ in 0..<runs { state.counters = state.counters.advanced(by: count, of: dataCount, drawing: drawing) }
      left -= runs
    }
  }

  private func checkBindings() throws(StepError) {
    for (storage, buffer) in bindings where !storage.lies(in: buffer) { throw StepError.memoryMoved }
  }

  /// Data in the batch of the next run.
  private func batchCount(at counters: StepCounters) -> Int { min(batchSize, dataCount - Int(counters.position)) }

  /// Runs that have not been read, of which the ring holds the last.
  private func unreadCount(_ state: State) -> Int { Int(state.counters.run &- state.read.run) }

  private func read(_ state: inout State) throws -> [Record] {
    var unread = unreadCount(state)
    guard unread > 0 else { return [] }
    let values = try ring.value().values(as: Float.self)
    let width = metrics.count
    var records: [Record] = []
    records.reserveCapacity(min(unread, ringLength))
    while unread > 0 {
      let count = batchCount(at: state.read)
      if unread <= ringLength {
        let run = Int(state.read.run)
        let row = run % ringLength * max(width, 1)
        records.append(Record(run: run, count: count, values: Array(values[row..<row + width])))
      }
      state.read = state.read.advanced(by: count, of: dataCount, drawing: drawing)
      unread -= 1
    }
    return records
  }
}

/// Why a step could not be captured or run.
public enum StepError: Error, Hashable, Sendable {
  /// The body built different graphs the two times it ran.
  case notReproducible(String)
  /// A variable or the data moved to another device after the step was made.
  case memoryMoved
  /// A place at which no run of the step begins.
  case cannotResume(String)
}

extension StepError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notReproducible(let what):
      "the step's body built another graph the second time it ran (\(what)); "
        + "what changes between runs must be a variable or noise"
    case .cannotResume(let place):
      "the step cannot go on at \(place)"
    case .memoryMoved:
      "the step's variables have moved to another device; make the step again there"
    }
  }
}
