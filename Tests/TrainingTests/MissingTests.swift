import Datasets
import Foundation
import Models
import Tensors
import Testing

@testable import Training

/// Tables of which numbers are missing: the bound is that of what is known.
@Suite("Missing numbers")
struct MissingTests {
  private static let count = 12
  private static let size = 3

  /// A table whose numbers are the model's own scale, and where each third number or so is missing.
  private static func tables() -> (incomplete: DataSet, filled: DataSet, known: [Bool]) {
    let values = (0..<count * size).map { Double(($0 * 37) % 100) / 100 }
    let known = (0..<count * size).map { ($0 * 7) % 10 < 7 }
    func set(_ values: [Double], isIncomplete: Bool) -> DataSet {
      DataSet(
        name: "table", rows: DataRows(DataArray(values, shape: [count, size])), valueRange: 0...1,
        isIncomplete: isIncomplete)
    }
    return (
      set(zip(values, known).map { $1 ? $0 : .nan }, isIncomplete: true),
      set(zip(values, known).map { $1 ? $0 : 0 }, isIncomplete: false), known
    )
  }

  private static var settings: Settings {
    var settings = Small.settings
    settings.likelihood = .gaussian
    settings.standardDeviation = 0.5
    return settings
  }

  @Test("the likelihood of what is missing is left out, and nothing else")
  func evaluation() throws {
    let (incomplete, filled, known) = Self.tables()
    let trainer = try Trainer(Self.settings.makeModel(forShape: [Self.size]), on: Small.device(), seed: 3)
    let loop = try TrainingLoop(trainer, on: incomplete, validating: incomplete, batchSize: 5)
    while loop.progress.epoch < 4 { _ = try loop.advance() }

    let pixels = Pixels(.none, of: incomplete)
    let samples = 2
    var kept: DataArray?
    let counted = try Evaluation(
      trainer.model, on: incomplete, pixels: pixels, samples: samples, device: trainer.backend, keepNoise: { kept = $0 }
    )
    let noise = try #require(kept)
    // The encoder reads 0 where a number is missing: that is what the filled table has there.
    let whole = try Evaluation(trainer.model, on: filled, pixels: pixels, noise: noise, device: trainer.backend)
    #expect(counted.kl == whole.kl)

    // By hand: what the draws of z give to the zeros in place of missing numbers.
    let codes = try Encoding(
      trainer.model, of: filled, pixels: pixels, condition: .none, device: trainer.backend)
    let (means, logVariances) = (codes.means.elements(as: Float.self), codes.logVariances!.elements(as: Float.self))
    let draws = noise.elements(as: Float.self)
    let latent = codes.means.shape[1]
    var missing = 0.0
    for datum in 0..<Self.count {
      for sample in 0..<samples {
        let z = (0..<latent).map { k -> Float in
          let place = datum * latent + k
          return means[place] + exp(0.5 * logVariances[place]) * draws[(datum * samples + sample) * latent + k]
        }
        let decoded = try trainer.model.given(nil).decode(Tensor(z, shape: [1, latent])).scalars(on: trainer.backend)
        for column in 0..<Self.size where !known[datum * Self.size + column] {
          missing += -0.5 * pow(decoded[column] / 0.5, 2) - log(0.5) - 0.5 * log(2 * Double.pi)
        }
      }
    }
    missing /= Double(Self.count * samples)
    #expect(abs(missing) > 0.1)
    #expect(abs(whole.reconstruction - counted.reconstruction - missing) < 1e-5)
    let bits = -counted.logLikelihood / log(2) / (Double(known.count { $0 }) / Double(Self.count))
    #expect(abs(counted.bitsPerDimension - bits) < 1e-9)
  }

  @Test("training counts as evaluation does, and learns the same whatever stands for a missing number")
  func training() throws {
    let (incomplete, filled, known) = Self.tables()
    func train(_ data: DataSet) throws -> (bound: Double, parameters: [String: DataArray], trainer: Trainer) {
      let trainer = try Trainer(Self.settings.makeModel(forShape: [Self.size]), on: Small.device(), seed: 3)
      let loop = try TrainingLoop(trainer, on: data, validating: data, batchSize: 5)
      while loop.progress.epoch < 3 { _ = try loop.advance() }
      return (try #require(try loop.evaluate()).elbo, try trainer.parameterArrays(), trainer)
    }
    let found = try train(incomplete)
    let evaluated = try Evaluation(
      found.trainer.model, on: incomplete, pixels: Pixels(.none, of: incomplete), seed: 3, device: found.trainer.backend
    )
    #expect(abs(found.bound - evaluated.elbo) < 1e-4)
    #expect(try train(filled).parameters != found.parameters)
    #expect(known.contains(false))
  }

  @Test("another table is read as the run's, also where the run's has moved")
  func moved() throws {
    let scratch = try Scratch()
    func write(_ text: String, to name: String) throws {
      try Data(text.utf8).write(to: URL(filePath: scratch.path(name)))
    }
    try write("x,kind\n0,a\n2,b\n4,a\n", to: "a.csv")
    // Read for itself it has one column for its one kind.
    try write("x,kind\n1,b\n3,b\n", to: "b.csv")
    var settings = Self.settings
    (settings.data, settings.epochs) = (scratch.path("a.csv"), 1)
    let run = try Small.run(settings, at: scratch.path("run"))
    _ = try run.train()
    let trained = try TrainedModel(run.folder)
    let here = try trained.openOther(scratch.path("b.csv"))
    try FileManager.default.createDirectory(atPath: scratch.path("new"), withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: scratch.path("a.csv"), toPath: scratch.path("new/a.csv"))
    let there = try trained.openOther(scratch.path("b.csv"), in: scratch.path("new"))
    #expect(there.split == .test && there.data.images.numbers() == here.data.images.numbers())
    #expect(there.data.valueRange == here.data.valueRange)
  }

  @Test("pixels that are missing are neither known nor counted when others are hidden")
  func imputation() throws {
    let count = 8
    let complete = Small.data(count)
    let numbers = complete.images.numbers().map { $0 / 255 }
    func set(_ first: Double, isIncomplete: Bool) -> DataSet {
      let values = numbers.enumerated().map { $0.offset % 6 == 0 ? first : $0.element }
      return DataSet(
        name: "pictures", rows: DataRows(DataArray(values, shape: [count, 2, 3])), valueRange: 0...1,
        isIncomplete: isIncomplete)
    }
    let trainer = try Trainer(Self.settings.makeModel(forShape: [2, 3]), on: Small.device())
    let gallery = try #require(Gallery(trainer.model, shape: [2, 3], seed: 0, on: trainer.backend))
    func impute(_ data: DataSet, hiding places: Set<Int>) throws -> Imputation {
      try gallery.imputations(
        of: data, pixels: Pixels(.none, of: data), hiding: .mask((0..<6).map { !places.contains($0) }), samples: 3,
        count: count)
    }
    let missing = try impute(set(.nan, isIncomplete: true), hiding: [1])
    let hidden = try impute(set(0, isIncomplete: false), hiding: [0, 1])
    #expect(missing.hidden == count && hidden.hidden == 2 * count)
    // The same numbers are known, so the same are filled in: the last row of the picture.
    func last(_ picture: Picture) -> [UInt8] { picture.pixels.suffix(picture.width * picture.channels * 10) }
    #expect(last(missing.picture) == last(hidden.picture))
    #expect(try impute(set(.nan, isIncomplete: true), hiding: [0]).hidden == 0)
  }

  @Test("models of complete data say that they are")
  func refusals() throws {
    let (incomplete, _, _) = Self.tables()
    let scratch = try Scratch()
    let text = "x,y,kind\n1,,a\n2,3,b\n4,5,a\n"
    try Data(text.utf8).write(to: URL(filePath: scratch.path("a.csv")))
    var settings = Self.settings
    settings.data = scratch.path("a.csv")
    settings.labelColumn = "kind"
    func refusal(_ change: (inout Settings) -> Void) throws -> String {
      var settings = settings
      change(&settings)
      do {
        _ = try Small.run(settings, at: scratch.path("run"))
        return "none"
      } catch { return "\(error)" }
    }
    let rest =
      " takes complete data, and numbers are missing in \(settings.data); a vae, or a cvae of labels, leaves them out"
    #expect(try refusal { $0.model = .m2 } == "--model m2" + rest)
    #expect(try refusal { $0.amortization = .table } == "--amortization table" + rest)
    #expect(try refusal { $0.model = .cvae } == "none")
    #expect(throws: DataError.self) {
      let trainer = try Trainer(Self.settings.makeModel(forShape: [Self.size]), on: Small.device())
      let labelled = DataSet(
        name: "table", rows: incomplete.rows, labels: [Int32](repeating: 0, count: Self.count), isIncomplete: true)
      _ = try Classification(
        trainer.model, on: labelled, pixels: Pixels(), condition: .label(classes: 1), samples: 1,
        device: trainer.backend)
    }
  }
}
