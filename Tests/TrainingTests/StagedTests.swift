import Datasets
import Distributions
import Foundation
import Models
import Testing

@testable import Training

/// Data that stay in their file train the same model, bit for bit, as data in memory.
@Suite("Data larger than memory")
struct StagedTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Files of 37 data: bytes with channels last, real numbers, and labelled bytes.
  private func write(_ kind: Kind) throws -> String {
    let path = scratch.path("a.\(kind == .labelled ? "safetensors" : "npy")")
    let bytes = (0..<37 * 12).map { UInt8(truncatingIfNeeded: $0 * 91) }
    switch kind {
    case .colour: try NPY.write(DataArray(bytes, shape: [37, 2, 2, 3]), to: path)
    case .real: try NPY.write(DataArray(bytes.map { Float($0) / 255 }, shape: [37, 12]), to: path)
    case .labelled:
      let labels = DataArray((0..<37).map { Int64($0 % 3) })
      try Safetensors(tensors: ["x": DataArray(bytes, shape: [37, 3, 4]), "y": labels]).write(to: path)
    }
    return path
  }

  enum Kind: CaseIterable { case colour, real, labelled }

  @Test("the checkpoint and every figure are those of data in memory", arguments: Kind.allCases)
  func sameBits(kind: Kind) throws {
    var settings = Small.settings
    settings.data = try write(kind)
    settings.test = settings.data
    settings.validation = 6
    if kind == .labelled {
      settings.model = .m2
      settings.labeled = 9
      settings.labeledShare = 0.5
      settings.outputBias = .data
    }
    var states: [(parameters: [String: DataArray], metrics: [Metrics], evaluation: Evaluation)] = []
    for residence in [Residence.always, .never] {
      settings.resident = residence
      let source = try settings.openData()
      #expect((source.train.rows.inMemory == nil) == (residence == .never))
      let path = scratch.path("run-\(residence.rawValue)")
      let run = try Run(settings, on: source, device: Small.device(), output: path)
      _ = try run.train()
      let trained = try TrainedModel(RunFolder.open(path))
      let part = try trained.openData()
      let evaluation = try Evaluation(
        trained.model, on: part.data, pixels: part.pixels, condition: trained.configuration.condition, samples: 3,
        device: Small.device())
      states.append(
        (try run.loop.trainer.parameterArrays(), try run.folder.readMetrics().map(\.timeless), evaluation))
    }
    #expect(states[0].parameters == states[1].parameters)
    #expect(states[0].metrics == states[1].metrics && states[0].metrics.count > 3)
    #expect(states[0].evaluation == states[1].evaluation)
  }

  @Test("numbers that a likelihood does not take are found before training, or when their batch is read")
  func supports() throws {
    var settings = Small.settings
    settings.data = scratch.path("a.npy")
    settings.likelihood = .bernoulli
    settings.resident = .never
    try NPY.write(DataArray([0, 0.5, 1, 1, 0, 3] as [Float], shape: [3, 2]), to: settings.data)
    #expect(throws: SupportError.self) { try Small.run(settings, at: scratch.path("run")) }

    // float32 does not hold it.
    settings.resident = .always
    settings.likelihood = .gaussian
    try NPY.write(DataArray([0, 0.5, 1, 1e300], shape: [2, 2]), to: settings.data)
    #expect(throws: SupportError.self) { try Small.run(settings, at: scratch.path("wide")) }
    settings.resident = .never
    settings.likelihood = .bernoulli
    try NPY.write(DataArray([0, 0.5, 1, 1, 0, 3] as [Float], shape: [3, 2]), to: settings.data)

    let data = try settings.openData().train
    let head = settings.makeModel(forShape: data.datumShape).decoder.head
    let field = Inputs(pixels: Pixels(.none, of: data), condition: .none).rowFields(of: data, for: head).fields[0]
    #expect(try field.read([1, 0]).count == 16)
    #expect(throws: SupportError.self) { try field.read([0, 2]) }
  }

  @Test("means and ranges are found in pieces")
  func pieces() throws {
    let data = DataSet(
      name: "wide", images: DataArray([UInt8](repeating: 51, count: 3 << 20), shape: [3 << 10, 1 << 10]))
    let means = try Pixels(.none, of: data).means(of: data, on: Small.device())
    #expect(means.count == 1 << 10 && means.allSatisfy { abs($0 - 0.2) < 1e-6 })
    var pieces: [Range<Int>] = []
    try data.forEachPiece(of: .max) { rows, _ in pieces.append(rows) }
    #expect(pieces == [0..<1024, 1024..<2048, 2048..<3072])
    pieces = []
    try data.forEachPiece(of: 2 << 20) { rows, _ in pieces.append(rows) }
    #expect(pieces == [0..<1024, 1024..<2048])
  }
}
