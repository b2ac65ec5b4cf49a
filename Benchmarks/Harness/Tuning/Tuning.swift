import Elbo
import Glibc
import OpenCLRuntime

/// A search for the parameters with which a device's kernels are fastest: one parameter after the other, each value
/// against the best so far, in turns.
///
/// The search begins with the parameters in use, an earlier search's among them. A value wins only where its kernels give
/// the same bits as those of that beginning, and are faster by more than noise in two measurements, of which the second
/// is made for it alone.
public final class Tuning {
  /// Rounds of a measurement, in each of which both choices run once.
  public var rounds = 7
  /// A gain below this counts as noise.
  private static let leastSpeedup = 1.02

  private let start: OpenCLBackend
  private var benches: [TunableParameter.Form: TuningBench] = [:]

  /// The names of the parameters, in the order of the search.
  public var parameterNames: [String] { start.tunableParameters.map(\.name) }

  /// - Throws: `RuntimeError.unsupported` for a device whose kernels have no such parameters.
  public init(_ backend: any Backend) throws {
    guard let backend = backend as? OpenCLBackend else {
      throw RuntimeError.unsupported(
        "tuning: its kernels are cut by shape alone; 'elbo devices' lists the OpenCL devices, which can be tuned",
        device: backend.device.id)
    }
    start = backend
  }

  /// Searches, keeps the best for the device's next start, and tells of all that was tried.
  ///
  /// - Parameters:
  ///   - names: the parameters to search; nil for all.
  ///   - limit: seconds after which nothing new is tried.
  ///   - progress: is told what comes next; what it throws ends the search, and nothing is kept.
  /// - Throws: what the device throws, and the file system where the result cannot be kept.
  public func run(
    _ names: [String]? = nil, seconds limit: Double, progress: (String) throws -> Void = { _ in }
  ) throws -> TuningReport {
    let deadline = Clock.now() + limit
    var best = start
    var trials: [TuningTrial] = []
    for parameter in start.tunableParameters where names?.contains(parameter.name) ?? true {
      let search = ParameterSearch(parameter, from: best, deadline: deadline, rounds: rounds)
      try search.run(benches: parameter.forms.map(bench), leastSpeedup: Self.leastSpeedup, progress: progress)
      best = search.best
      trials += search.trials
    }
    return TuningReport(
      device: start.device, parameters: best.parameterValues, kernels: best.device.kernels, trials: trials,
      path: try best.keepParameters(after: trials))
  }

  private func bench(_ form: TunableParameter.Form) throws -> TuningBench {
    if let known = benches[form] { return known }
    let bench = try TuningBench(form, on: start)
    benches[form] = bench
    return bench
  }
}

/// The search over one parameter's values.
private final class ParameterSearch {
  private(set) var best: OpenCLBackend
  private(set) var trials: [TuningTrial] = []
  private let parameter: TunableParameter
  private let deadline: Double
  private let rounds: Int

  init(_ parameter: TunableParameter, from best: OpenCLBackend, deadline: Double, rounds: Int) {
    self.parameter = parameter
    self.best = best
    self.deadline = deadline
    self.rounds = rounds
  }

  private typealias Candidates = [(bench: TuningBench, candidate: TuningBench.Candidate)]

  /// How two choices compare, each a geometric mean over the kernels.
  private struct Comparison {
    var speedup: Double
    var rates: (before: Double, after: Double)
  }

  func run(
    benches: [TuningBench], leastSpeedup: Double, progress: (String) throws -> Void
  ) throws {
    let present = best.parameterValues[parameter.name]!
    let before = try candidates(of: best, benches)
    var fastest: (place: Int, speedup: Double, backend: OpenCLBackend, candidates: Candidates)?
    var rate: Double?
    for value in parameter.values where value != present {
      var trial = TuningTrial(parameter: parameter.name, value: value, outcome: .untried)
      defer { trials.append(trial) }
      guard Clock.now() < deadline else { continue }
      try progress("\(parameter.name) \(value)")
      var values = best.parameterValues
      values[parameter.name] = value
      guard let backend = try? best.tuned(values), let after = try? candidates(of: backend, benches) else {
        trial.outcome = .refused
        continue
      }
      guard after.allSatisfy(\.candidate.isRight) else {
        trial.outcome = .wrong
        continue
      }
      guard zip(before, after).contains(where: { $0.candidate.sources != $1.candidate.sources }) else {
        trial.outcome = .same
        continue
      }
      let comparison = try compare(before, after)
      trial.outcome = .notFaster
      trial.speedup = comparison.speedup
      trial.rate = comparison.rates.after
      rate = comparison.rates.before
      if comparison.speedup > fastest?.speedup ?? leastSpeedup {
        fastest = (trials.count, comparison.speedup, backend, after)
      }
    }
    if let fastest, try compare(before, fastest.candidates).speedup > leastSpeedup {
      best = fastest.backend
      trials[fastest.place].outcome = .chosen
    }
    trials.append(TuningTrial(parameter: parameter.name, value: present, outcome: .before, rate: rate))
    trials.sort { $0.value < $1.value }
  }

  private func candidates(of backend: OpenCLBackend, _ benches: [TuningBench]) throws -> Candidates {
    try benches.map { ($0, try $0.candidate(on: backend)) }
  }

  private func compare(_ before: Candidates, _ after: Candidates) throws -> Comparison {
    var logarithms: [Double] = []
    var rates: (before: [Double], after: [Double]) = ([], [])
    for (old, new) in zip(before, after) {
      var seconds: [(old: [Double], new: [Double])] = []
      for round in 0..<rounds {
        // Who comes first takes turns too.
        let first = round.isMultiple(of: 2) ? try old.bench.seconds(old.candidate) : []
        let second = try new.bench.seconds(new.candidate)
        seconds.append((first.isEmpty ? try old.bench.seconds(old.candidate) : first, second))
      }
      for (place, amount) in old.bench.amounts.enumerated() {
        // A clock too coarse for a kernel says nothing of it.
        let pairs = seconds.map { ($0.old[place], $0.new[place]) }.filter { $0.0 > 0 && $0.1 > 0 }
        guard !pairs.isEmpty else { continue }
        logarithms.append(log(Quantiles(pairs.map { $0.0 / $0.1 }).median))
        rates.before.append(log(amount * 1e-9 / Quantiles(pairs.map(\.0)).median))
        rates.after.append(log(amount * 1e-9 / Quantiles(pairs.map(\.1)).median))
      }
    }
    func mean(_ values: [Double]) -> Double { exp(values.reduce(0, +) / Double(max(values.count, 1))) }
    return Comparison(speedup: mean(logarithms), rates: (mean(rates.before), mean(rates.after)))
  }
}
