import Datasets
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite("Weights in and out")
struct InterchangeTests {
  let scratch: Scratch
  /// Pictures of 2 x 3.
  let settings: Settings

  init() throws {
    scratch = try Scratch()
    settings = try Small.files(in: scratch)
  }

  /// A model as pytorch/examples names its parts: 6 numbers, 7 hidden, 3 latent.
  private func example() -> [String: DataArray] {
    var generator = SplitMix(seed: 5)
    var arrays: [String: DataArray] = [:]
    for (name, outputs, inputs) in [("fc1", 7, 6), ("fc21", 3, 7), ("fc22", 3, 7), ("fc3", 7, 3), ("fc4", 6, 7)] {
      func numbers(_ count: Int) -> [Float] { generator.uniform(count, in: -1..<1).map(Float.init) }
      arrays["\(name).weight"] = DataArray(numbers(outputs * inputs), shape: [outputs, inputs])
      arrays["\(name).bias"] = DataArray(numbers(outputs))
    }
    return arrays
  }

  private func file(_ arrays: [String: DataArray]) throws -> String {
    let path = scratch.path("\(UUID()).safetensors")
    try Safetensors(tensors: arrays).write(to: path)
    return path
  }

  private func map(_ json: String) throws -> String {
    let path = scratch.path("\(UUID()).json")
    try Data(json.utf8).write(to: URL(filePath: path))
    return path
  }

  private func bring(_ path: String, names: String? = nil, to output: String) throws -> Run {
    let weights = try ImportedWeights(path, names: names)
    var settings = try weights.sized(weights.settings)
    settings.data = self.settings.data
    settings.test = self.settings.test
    settings.epochs = 1
    return try Run(
      importing: weights, settings, on: settings.openData(), device: Small.device(), output: scratch.path(output))
  }

  private func parameters(_ output: String) throws -> [String: DataArray] {
    try Checkpoint(from: RunFolder.open(scratch.path(output)).latestCheckpoint()).parameters
  }

  @Test("the example's names and sizes are known, and the run goes on from there")
  func knownNames() throws {
    let arrays = example()
    let run = try bring(file(arrays), to: "run")
    #expect(run.configuration.settings.hidden == [7])
    #expect(run.configuration.settings.latent == 3)
    let paths = [
      "fc1": "encoder.layers.0", "fc21": "encoder.mean", "fc22": "encoder.logVariance", "fc3": "decoder.layers.0",
      "fc4": "decoder.logits",
    ]
    let imported = try parameters("run")
    #expect(imported.count == arrays.count)
    for (name, path) in paths {
      for kind in ["weight", "bias"] { #expect(imported["\(path).\(kind)"] == arrays["\(name).\(kind)"]) }
    }
    #expect(try TrainedModel(run.folder).progress.step == 0)

    let further = try Small.resume(scratch.path("run"))
    #expect(try further.loop.trainer.parameterArrays() == imported)
    #expect(try further.train() == .finished)
    #expect(try parameters("run") != imported)
  }

  /// A table's likelihood is gaussian where none is given, whose last layer is a mean.
  @Test("what the data decide of the likelihood decides what the example's last layer is")
  func knownNamesOfTable() throws {
    let weights = try ImportedWeights(file(example()))
    let parameters = try weights.parameters(of: weights.sized(weights.settings), shape: [6], classCount: 0)
    #expect(parameters["decoder.mean.weight"] == example()["fc4.weight"])
    let pictures = try weights.parameters(of: weights.sized(weights.settings), shape: [2, 3], classCount: 0)
    #expect(pictures["decoder.logits.weight"] == example()["fc4.weight"])
  }

  @Test("a map names arrays and modules, and leaves out by null")
  func maps() throws {
    let known = example()
    var arrays = ["extra.weight": DataArray([Float(1)])]
    for (name, array) in known {
      arrays[name.replacing("fc1.", with: "enc.0.").replacing("fc3.bias", with: "b")] = DataArray(
        array.elements(as: Float.self).map(Double.init), shape: array.shape)
    }
    let json = """
      {"enc.0": "encoder.layers.0", "fc21": "encoder.mean", "fc22": "encoder.logVariance", "b": "decoder.layers.0.bias",
       "fc3.weight": "decoder.layers.0.weight", "fc4": "decoder.logits", "extra": null}
      """
    _ = try bring(file(known), to: "known")
    _ = try bring(file(arrays), names: map(json), to: "mapped")
    #expect(try parameters("known") == parameters("mapped"))
  }

  @Test("what does not fit is told by name, and nothing is made")
  func refused() throws {
    func error(names: String? = nil, _ change: (inout [String: DataArray]) -> Void) -> ImportError? {
      var arrays = example()
      change(&arrays)
      return #expect(throws: ImportError.self) {
        try bring(file(arrays), names: names.map(map), to: "refused")
      }
    }
    guard case .missing(_, "decoder.layers.0.bias")? = error({ $0["fc3.bias"] = nil }) else {
      Issue.record("a missing parameter")
      return
    }
    guard case .unknown(_, "bn.weight", [])? = error({ $0["bn.weight"] = DataArray([Float(1)]) }) else {
      Issue.record("an unknown array")
      return
    }
    let wide = DataArray([Float](repeating: 0, count: 24), shape: [8, 3])
    guard case .wrongShape(_, "decoder.layers.0.weight", [8, 3], [7, 3])? = error({ $0["fc3.weight"] = wide }) else {
      Issue.record("a wrong shape")
      return
    }
    let narrow = DataArray([Float](repeating: 0, count: 35), shape: [7, 5])
    guard case .dataMismatch(_, 5, _, [2, 3], 0)? = error({ $0["fc1.weight"] = narrow }) else {
      Issue.record("data of another size")
      return
    }
    guard case .wrongType(_, "encoder.mean.bias", "int32")? = error({ $0["fc21.bias"] = DataArray([Int32](1...3)) })
    else {
      Issue.record("numbers that are no weights")
      return
    }
    let endless = DataArray([Double](repeating: 1e300, count: 3))
    guard case .notFinite(_, "encoder.mean.bias", "inf")? = error({ $0["fc21.bias"] = endless }) else {
      Issue.record("numbers beyond float32")
      return
    }
    let unknown = DataArray([Float](repeating: .nan, count: 21), shape: [3, 7])
    guard case .notFinite(_, "encoder.mean.weight", "nan")? = error({ $0["fc21.weight"] = unknown }) else {
      Issue.record("numbers that are none")
      return
    }
    for shape in [[1_000_000_000_000, 0], [7]] {
      let layer = DataArray([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)
      guard
        case .notALayer(_, "encoder.layers.1.weight", shape)? = error({ $0["encoder.layers.1.weight"] = layer })
      else {
        Issue.record("a shape of no layer")
        return
      }
    }
    guard
      case .wrongShape(_, "decoder.layers.0.weight", [8, 3], [7, 3])? = error({
        ($0["fc3.weight"], $0["fc3.bias"]) = (wide, nil)
      })
    else {
      Issue.record("a wrong shape beside what is missing")
      return
    }
    #expect(throws: DataError.unreadable(path: scratch.path, reason: "it is a folder; expected a map of names")) {
      try ImportedWeights(file(example()), names: scratch.path)
    }
    guard case .unusedName(_, "fc9", _)? = error(names: #"{"fc9": "encoder.mean"}"#, { _ in }) else {
      Issue.record("a map of a name that is not there")
      return
    }
    guard case .repeated(_, "a")? = error(names: #"{"fc1.bias": "a", "fc3.bias": "a"}"#, { _ in }) else {
      Issue.record("two arrays that become one parameter")
      return
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.path("refused")))
  }

  @Test(
    "what is exported comes back, with all that is known of the model", arguments: [ExportFormat.safetensors, .npz])
  func back(format: ExportFormat) throws {
    var settings = settings
    settings.activation = .softplus
    settings.likelihood = .continuousBernoulli
    settings.hidden = [5, 4]
    settings.epochs = 1
    let run = try Small.run(settings, at: scratch.path("run"))
    _ = try run.train()
    let path = scratch.path("model.\(format.rawValue)")
    let written = try TrainedModel(run.folder).export(.all, as: format, to: path)
    #expect(written == [path, scratch.path("load_elbo.py")])
    #expect(try String(contentsOfFile: written[1], encoding: .utf8) == LoadingScript.text)
    let back = try bring(path, to: "back").configuration.settings
    #expect(back.activation == .softplus)
    #expect(back.likelihood == .continuousBernoulli)
    #expect(back.hidden == [5, 4])
    #expect(try parameters("back") == parameters("run"))
  }

  @Test("running statistics go along, and PyTorch's count of batches is passed over")
  func runningStatistics() throws {
    var settings = settings
    (settings.normalization, settings.dropout, settings.epochs) = (.batch, 0.1, 1)
    let run = try Small.run(settings, at: scratch.path("run"))
    _ = try run.train()
    let path = scratch.path("model.safetensors")
    try TrainedModel(run.folder).export(.all, as: .safetensors, to: path)
    var file = try Safetensors.read(path)
    #expect(file.tensors["decoder.norms.0.running_var"]?.shape == [5])
    file.tensors["decoder.norms.0.num_batches_tracked"] = DataArray([Int64(3)], shape: [])
    try file.write(to: path)
    let back = try bring(path, to: "back").configuration.settings
    #expect(back.normalization == .batch && back.dropout == 0.1)
    #expect(try parameters("back") == parameters("run"))
  }

  @Test("a model without an encoder comes back too")
  func table() throws {
    var settings = settings
    settings.amortization = .table
    settings.epochs = 1
    let run = try Small.run(settings, at: scratch.path("run"))
    _ = try run.train()
    let path = scratch.path("model.safetensors")
    try TrainedModel(run.folder).export(.all, as: .safetensors, to: path)
    _ = try bring(path, to: "back")
    for (name, array) in try Safetensors.read(path).tensors { #expect(try parameters("back")[name] == array) }
  }

  @Test("a part has its own weights alone, and a file of the name of the script stays as it is")
  func parts() throws {
    let run = try bring(file(example()), to: "run")
    try Data("mine".utf8).write(to: URL(filePath: scratch.path("load_elbo.py")))
    let path = scratch.path("decoder.safetensors")
    // What is there is not what was asked for, and is not told to be.
    #expect(try TrainedModel(run.folder).export(.decoder, as: .safetensors, to: path) == [path])
    #expect(
      try Safetensors.read(path).tensors.keys.sorted() == [
        "decoder.layers.0.bias", "decoder.layers.0.weight", "decoder.logits.bias", "decoder.logits.weight",
      ])
    #expect(try String(contentsOfFile: scratch.path("load_elbo.py"), encoding: .utf8) == "mine")
    try FileManager.default.removeItem(atPath: scratch.path("load_elbo.py"))
    #expect(try TrainedModel(run.folder).export(.encoder, as: .safetensors, to: path) == [path])
    #expect(!FileManager.default.fileExists(atPath: scratch.path("load_elbo.py")))
    let script = scratch.path("load_elbo.py")
    for _ in 0..<2 { #expect(try TrainedModel(run.folder).export(.decoder, as: .npz, to: path) == [path, script]) }
    // One of another version decodes what it knew of.
    let first = try #require(LoadingScript.text.split(separator: "\n").first)
    try Data("\(first)\nolder".utf8).write(to: URL(filePath: script))
    #expect(try TrainedModel(run.folder).export(.decoder, as: .npz, to: path) == [path, script])
    #expect(try String(contentsOfFile: script, encoding: .utf8) == LoadingScript.text)
  }

  @Test("PyTorch's pickle, checkpoints and other files are refused with what to do")
  func formats() throws {
    func message(_ path: String) -> String {
      let error = #expect(throws: DataError.self) { try ImportedWeights(path) }
      return error?.description.replacing(scratch.path(""), with: "") ?? ""
    }
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
      try Data(bytes).write(to: URL(filePath: scratch.path(name)))
      return scratch.path(name)
    }
    // The first bytes of what torch.save writes, as it is and as it was before 1.6.
    let zip = [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26) + Array("vae/data.pkl".utf8)
    for bytes in [zip, [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20]] {
      let text = message(try file("vae.pt", bytes))
      #expect(text.contains("PyTorch's pickle is not supported"))
      #expect(text.contains("safetensors.torch.save_file(model.state_dict()"))
    }
    #expect(message(try file("vae.onnx", Array("\u{8}\u{8}\u{12}\u{4}elbo and more".utf8))).contains("npz are"))
    let run = try bring(self.file(example()), to: "run")
    #expect(message(try run.folder.latestCheckpoint()).contains("'elbo export RUN'"))
  }
}
