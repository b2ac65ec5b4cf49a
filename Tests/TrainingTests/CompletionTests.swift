import Datasets
import Foundation
import Models
import Tensors
import Testing

@testable import Training

/// A linear decoder with Gaussian noise, whose conditional expectations are known.
@Suite("Numbers that are filled in")
struct CompletionTests {
  private static let size = 4
  private static let count = 6
  private static let deviation = 0.5

  private static func table() -> (data: DataSet, known: [Bool]) {
    let known = (0..<count * size).map { ($0 * 5) % 8 < 5 }
    let values = known.enumerated().map { $1 ? Double(($0 * 37) % 100) / 25 - 1 : .nan }
    return (
      DataSet(
        name: "table", rows: DataRows(DataArray(values, shape: [count, size])), columns: ["a", "b", "c,d", "e"],
        valueRange: -1...3, isIncomplete: true), known
    )
  }

  private static func trainer() throws -> Trainer {
    var settings = Small.settings
    (settings.hidden, settings.latent, settings.likelihood) = ([], 1, .gaussian)
    settings.standardDeviation = deviation
    return try Trainer(settings.makeModel(forShape: [size]), on: Small.device(), seed: 3)
  }

  @Test("what is missing is the conditional expectation given what is known, in the file's units")
  func expectations() throws {
    let (data, known) = Self.table()
    let trainer = try Self.trainer()
    let completion = try Completion(
      trainer.model, of: data, pixels: Pixels(.none, of: data), condition: .none, samples: 4000,
      device: trainer.backend)
    #expect(completion.missing == known.count { !$0 } && completion.hidden == 0 && completion.error == 0)
    let found = completion.data.images.elements(as: Double.self)
    let stored = data.images.elements(as: Double.self)
    let parameters = try trainer.parameterArrays()
    let weights = try #require(parameters["decoder.mean.weight"]).elements(as: Float.self).map(Double.init)
    let biases = try #require(parameters["decoder.mean.bias"]).elements(as: Float.self).map(Double.init)
    for row in 0..<Self.count {
      let places = (0..<Self.size).filter { known[row * Self.size + $0] }
      let variance = Self.deviation * Self.deviation
      let precision = 1 + places.reduce(0) { $0 + weights[$1] * weights[$1] / variance }
      let z =
        places.reduce(0) { sum, place in
          let x = (stored[row * Self.size + place] + 1) / 4
          return sum + weights[place] * (x - biases[place]) / variance
        } / precision
      for place in 0..<Self.size {
        let value = found[row * Self.size + place]
        guard !places.contains(place) else {
          #expect(value == stored[row * Self.size + place])
          continue
        }
        let expected = 4 * (weights[place] * z + biases[place]) - 1
        // The draws of z differ by less than 1; of them there are thousands.
        #expect(abs(value - expected) < 4 * 4 * abs(weights[place]) / 4000.squareRoot(), "\(row), \(place)")
      }
    }
    // In pieces of other sizes, of which the draws are by datum.
    let first = try Completion(
      trainer.model, of: data, pixels: Pixels(.none, of: data), condition: .none, samples: 4000, first: 2,
      device: trainer.backend)
    let start = first.data.images.elements(as: Double.self)
    for (one, other) in zip(start, found) { #expect(abs(one - other) < 1e-5) }
    #expect(start.count == 2 * Self.size)
  }

  @Test("what is hidden is counted where it is known, and its error is that of what was filled in")
  func hiding() throws {
    let (data, known) = Self.table()
    let trainer = try Self.trainer()
    let mask = [false, true, true, true]
    let completion = try Completion(
      trainer.model, of: data, pixels: Pixels(.none, of: data), condition: .none, hiding: .mask(mask), samples: 10,
      device: trainer.backend)
    let hidden = stride(from: 0, to: known.count, by: Self.size).filter { known[$0] }
    #expect(completion.hidden == hidden.count && completion.missing == known.count { !$0 })
    let (found, stored) = (
      completion.data.images.elements(as: Double.self), data.images.elements(as: Double.self)
    )
    let squares = hidden.reduce(0) { $0 + pow((found[$1] - stored[$1]) / 4, 2) }
    #expect(abs(completion.error - (squares / Double(hidden.count)).squareRoot()) < 1e-6)
  }

  @Test("a table that is filled in is written and read as it is")
  func writing() throws {
    let scratch = try Scratch()
    let (data, _) = Self.table()
    let set = DataSet(
      name: "table", rows: data.rows, labels: [0, 1, -1, 1, 0, 0], columns: data.columns, classNames: ["a \"b\"", "c"],
      valueRange: data.valueRange, isIncomplete: true)
    try set.writeCSV(to: scratch.path("a.csv"), labelColumn: "kind")
    let read = try DataSource.resolve(scratch.path("a.csv"), labelColumn: "kind", environment: [:]).train
    #expect(read.columns == set.columns && read.labels == set.labels && read.classNames == set.classNames)
    let (found, expected) = (read.images.elements(as: Double.self), set.images.elements(as: Double.self))
    #expect(zip(found, expected).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    #expect(throws: DataError.self) { try Small.data(3).writeCSV(to: scratch.path("b.csv")) }
  }

  @Test("a run with given conditions goes on to the same bits")
  func resuming() throws {
    let scratch = try Scratch()
    var settings = try Small.files(in: scratch)
    (settings.model, settings.condition) = (.cvae, .vector)
    settings.conditions = scratch.path("told.npy")
    settings.testConditions = scratch.path("test-told.npy")
    for (path, count) in [(settings.conditions, 10), (settings.testConditions, 7)] {
      let values = (0..<count * 2).map { Float(($0 * 7) % 5) / 5 }
      try NPY.write(DataArray(values, shape: [count, 2]), to: try #require(path))
    }
    _ = try Small.run(settings, at: scratch.path("whole")).train()
    let stopped = try Small.run(settings, at: scratch.path("parts"))
    stopped.loop.largestChunk = 1
    _ = try stopped.train(shouldStop: { stopped.loop.progress.step >= 4 })
    let resumed = try Small.resume(scratch.path("parts"))
    #expect(resumed.configuration.condition == .vector(2) && resumed.loop.progress.step == 4)
    #expect(try resumed.train() == .finished)
    func checkpoint(_ run: String) throws -> Checkpoint {
      try Checkpoint(from: RunFolder.open(scratch.path(run)).latestCheckpoint())
    }
    #expect(try checkpoint("parts").parameters == checkpoint("whole").parameters)
  }
}
