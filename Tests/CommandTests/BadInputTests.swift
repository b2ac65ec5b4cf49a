import Foundation
import Testing

import struct Elbo.DataArray
import enum Elbo.IDX

/// Everything that can be wrong with words and with the world gives one clear line and the right status.
@Suite("Bad input, as processes")
struct BadInputTests {
  let program: Executable

  init() throws { program = try .withRun() }

  /// Words, the status, and what the line must contain.
  struct Case: CustomTestStringConvertible, Sendable {
    let words: String
    let status: Int32
    let message: String
    var testDescription: String { words }

    init(_ words: String, _ status: Int32, _ message: String) {
      self.words = words
      self.status = status
      self.message = message
    }
  }

  private func check(_ bad: Case) throws {
    let outcome = try program.run(bad.words.split(separator: " ").map(String.init))
    #expect(outcome.status == bad.status, "\(bad.words): \(outcome.error)")
    #expect(outcome.output == "", "\(bad.words)")
    #expect(outcome.messages.count == 1, "\(bad.words): \(outcome.error)")
    #expect(outcome.error.hasPrefix("elbo: error: "), "\(bad.words): \(outcome.error)")
    #expect(outcome.error.contains(bad.message), "\(bad.words): \(outcome.error)")
  }

  @Test(
    "wrong words",
    arguments: [
      Case("trian", 2, "there is no verb 'trian'; did you mean 'train'?"),
      Case("train --epoch 3", 2, "did you mean '--epochs'?"),
      Case("train --epochs 0", 2, "--epochs takes a positive integer, not '0'"),
      Case("train --epochs -3", 2, "--epochs takes a positive integer, not '-3'"),
      Case("train --batch-size 0", 2, "--batch-size takes a positive integer, not '0'"),
      Case("train --learning-rate -1", 2, "--learning-rate takes a positive number, not '-1'"),
      Case("train --learning-rate nan", 2, "--learning-rate takes a positive number, not 'nan'"),
      Case("train --latent 0", 2, "--latent takes a positive integer"),
      Case("train --hidden 400,0", 2, "--hidden takes a comma list, each a positive integer, not '400,0'"),
      Case("train --beta -1", 2, "--beta takes a number of at least 0"),
      Case("train --device gpu", 2, "--device takes auto, cpu, opencl or opencl:N, not 'gpu'"),
      Case("train --device opencl:", 2, "--device takes auto, cpu, opencl or opencl:N, not 'opencl:'"),
      Case("train --optimizer adm", 2, "did you mean 'adam'?"),
      Case("train --binarize maybe", 2, "--binarize takes one of none, threshold, dynamic, not 'maybe'"),
      Case("train --time-limit 1e30", 2, "--time-limit takes a positive time such as 90s, 45m or 8h"),
      Case("train --time-limit 1e308d", 2, "of 36500d at most, not '1e308d'"),
      Case("train --time-limit 0s", 2, "--time-limit takes a positive time"),
      Case("train --capacity 1 --free-bits 1", 2, "--capacity and --free-bits are two penalties"),
      Case("train --table-rate 1", 2, "--table-optimizer and --table-rate are of --amortization table"),
      Case("train --stage-epochs 1", 2, "--stage-epochs and --stage-factors are of --schedule stages"),
      Case("train --epochs 1 --steps 1", 2, "--epochs and --steps both say how long to train"),
      Case("train --set epoch=3", 2, "--set: there is no setting 'epoch'; did you mean 'epochs'?"),
      Case("train --set epochs=0", 2, "--set: epochs takes a positive integer, not '0'"),
      Case("train --set epochs", 2, "--set takes KEY=VALUE, not 'epochs'"),
      Case("train --set device=gpu", 2, "device takes auto, cpu, opencl or opencl:N, not 'gpu'"),
      Case("train a.idx b.idx", 2, "train takes only DATA, not 'b.idx'"),
      Case("train --resume run --epochs 3", 2, "--resume goes on as the run was configured and takes no --epochs"),
      Case("train mnist --resume run", 2, "takes no 'mnist'"),
      Case("train --likelihood bernouli", 2, "did you mean 'bernoulli'?"),
      Case("train --prior exponential", 2, "so the divergence would be infinite"),
      Case("train --posterior full-covariance --free-bits 0.5", 2, "each latent dimension's divergence"),
      Case("train --prior mixture --capacity 5", 2, "of an estimate it would be biased"),
      Case("train --divergence sampled --free-bits 1", 2, "each latent dimension's divergence"),
      Case("train --gradient score --samples 2 --free-bits 1", 2, "takes path gradients, not score-function gradients"),
      Case("train --annealing-steps 5", 2, "--annealing-steps is of --annealing linear and cyclical"),
      Case("train --set components=3", 2, "components are of --prior mixture"),
      Case("train --set groups=3", 2, "groups are of --objective miwae"),
      Case("train --set elboShare=.3", 2, "elboShare is of --objective ciwae"),
      Case("train --likelihood bernoulli --set standardDeviation=3", 2, "has no standardDeviation"),
      Case("train --objective iwae --beta 2", 2, "the iwae bound has no term for"),
      Case("train --objective iwae --gradient stl", 2, "sticking the landing is biased for the iwae bound"),
      Case("train --prior conditional", 2, "a vae is told no condition for a conditional prior; --model cvae is"),
      Case("sample run --label 1", 2, "--label is of models that are conditional on classes, and this one is not"),
      Case(
        "explore run dance", 2, "KIND takes one of traverse, interpolate, arithmetic, analogies, embedding, not 'dance'"
      ),
      Case("impute run --fraction 2", 2, "--fraction takes a number from 0 to 1"),
      Case("impute run --fraction 0.5 --quadrant upper-left", 2, "--fraction and --quadrant both say what to hide"),
      Case("evaluate", 2, "evaluate needs RUN"),
      Case("evaluate run --noise e.npy --seed 1", 2, "--noise brings the draws along and takes no --seed"),
      Case("evaluate run run --noise e.npy", 2, "--noise is of one run, not of 2"),
      Case("evaluate run --samples 0", 2, "--samples takes a positive integer, not '0'"),
      Case("explore run traverse --dimensions 3", 2, "--dimensions takes numbers below 3, not '3'"),
      Case("explore run traverse --dimensions 0,1,2", 2, "--dimensions takes one or two numbers"),
      Case("explore run traverse --dimensions 1,1", 2, "--dimensions takes a comma list without repeats"),
      Case("explore run arithmetic --from 1", 2, "arithmetic needs --from and --to, two classes"),
      Case("explore run embedding --numbers e.npy", 2, "--numbers takes a name that ends in .safetensors, not 'e.npy'"),
      Case("explore run embedding --numbers e.jpg", 2, "--numbers takes a name that ends in .safetensors, not 'e.jpg'"),
      Case("evaluate run --picture kl.jpg", 2, "--picture takes a name that ends in .png, not 'kl.jpg'"),
      Case(
        "impute run --output i.jpg", 2,
        "--output takes a name that ends in .png, .npy, .safetensors or .csv, not 'i.jpg'"),
      Case("encode run --output e.png", 2, "--output takes a name that ends in .npy or .safetensors, not 'e.png'"),
      Case("sample run --count 0", 2, "--count takes a positive integer"),
      Case("sample run --output s.jpg", 2, "--output takes a name that ends in .png, .npy or .safetensors"),
      Case("sample run --latent z.npy --count 3", 2, "--latent brings the latent values along and takes no --count"),
      Case("reconstruct run --output r.npy", 2, "--output takes a name that ends in .png, not 'r.npy'"),
      Case("export run --output m.onx", 2, "--output takes a name that ends in .safetensors, .npz or .onnx"),
      Case("export run --output m.onx", 2, "did you mean 'onnx'?"),
      Case("export run --part decodr", 2, "did you mean 'decoder'?"),
      Case("import w.safetensors --hidden 300", 2, "import has no option --hidden"),
    ])
  func usage(bad: Case) throws { try check(bad) }

  @Test(
    "a world that is not so",
    arguments: [
      Case("train nothing.idx", 1, "nothing.idx: not found"),
      Case("train train.idx --model cvae --device cpu --output c", 1, "train.idx has no labels"),
      Case("classify run --device cpu", 1, "the run's model is not conditional on classes"),
      Case("explore run analogies --device cpu", 1, "the run's model is not conditional on classes"),
      Case("impute run --mask test-labels.idx --device cpu", 1, "test-labels.idx"),
      Case("train .", 1, "./run: folders in a folder of a class"),
      Case("train run", 1, "a class without pictures"),
      Case("train mnist", 1, "mnist: not found"),
      Case("train mnist --data-folder run", 1, "mnist: not found"),
      Case("train run/config.json", 1, "a text file that is no table as data is not supported"),
      Case("train train.idx --labels test-labels.idx", 1, "test-labels.idx: 20 labels; train.idx has 60 data"),
      Case("train train.idx --labels test.idx", 1, "test.idx: shape [20, 8, 8]; expected labels: one dimension"),
      Case("train sprites --labels train-labels.idx", 1, "a companion of sprites is not supported"),
      Case("train train.idx --device opencl:99", 1, "opencl:99"),
      Case("train train.idx --device cpu --output run", 1, "run holds a run already"),
      Case("train train.idx --device cpu --output train.idx/run", 1, "train.idx/run: cannot be written"),
      Case("train train.idx --config nothing.json", 1, "nothing.json: no such file or folder"),
      Case("train train.idx --config train.idx", 1, "train.idx: no object of JSON"),
      Case("train --resume nothing", 1, "nothing is no run folder: there is nothing of that name"),
      Case("train --resume train.idx", 1, "train.idx is no run folder: it is a file"),
      Case("evaluate run/images", 1, "run/images is no run folder: it has no config.json"),
      Case("evaluate run --data-folder run", 1, "run/train.idx: not found"),
      Case("evaluate run nothing", 1, "nothing is no run folder: there is nothing of that name"),
      Case("evaluate run --device cpu --against nothing.idx", 1, "nothing.idx: not found"),
      Case("evaluate run --device cpu --against sprites", 1, "sprites: data of shape [32, 32]; "),
      Case("evaluate run --device cpu --split train --samples 100000000", 1, "of so many data, at most"),
      Case("evaluate run --device cpu --noise run/config.json", 1, "no npy signature"),
      Case("sample run --device cpu --output nowhere/s.png", 1, "nowhere/s.png: cannot be written"),
      Case("sample run --device cpu --latent train.idx", 1, "train.idx: no npy signature"),
      Case("export run --output nowhere/m.onnx", 1, "nowhere/m.onnx: cannot be written"),
      Case("export nothing", 1, "nothing is no run folder: there is nothing of that name"),
      Case("import nothing.safetensors", 1, "nothing.safetensors: not found; expected safetensors or npz"),
      Case("import run/config.json", 1, "run/config.json: its format is not supported; safetensors and npz are"),
      Case("import run/checkpoints/latest", 1, "run/checkpoints/latest: a checkpoint of a run is not supported"),
    ])
  func world(bad: Case) throws { try check(bad) }

  @Test("files that are empty, cut short, or of another shape")
  func damagedFiles() throws {
    try Data().write(to: program.folder.appending(path: "empty.idx"))
    try check(Case("train empty.idx", 1, "empty.idx: empty"))

    let stored = try Data(contentsOf: program.folder.appending(path: "train.idx"))
    try stored.dropLast(10).write(to: program.folder.appending(path: "short.idx"))
    try check(Case("train short.idx", 1, "short.idx: ends too early"))

    let whole = try IDX.read(program.path("train.idx"))
    try IDX.write(whole, to: program.path("whole.idx.gz"))
    let packed = try Data(contentsOf: program.folder.appending(path: "whole.idx.gz"))
    try packed.dropLast(40).write(to: program.folder.appending(path: "short.idx.gz"))
    try check(Case("train short.idx.gz", 1, "short.idx.gz: ends too early; expected the rest of the gzip data"))

    try IDX.write(DataArray([UInt8](repeating: 0, count: 4 * 49), shape: [4, 7, 7]), to: program.path("other.idx"))
    try check(
      Case("train train.idx --test other.idx", 1, "other.idx: data of shape [7, 7]; train.idx has [8, 8]"))
  }

  @Test("a configuration with a key that is none, or a value that cannot be")
  func configurations() throws {
    try Data(#"{"epochs": 3, "batchsize": 4}"#.utf8).write(to: program.folder.appending(path: "a.json"))
    try check(
      Case("train --config a.json", 2, "a.json:1:15: there is no setting 'batchsize'; did you mean 'batchSize'?"))
    try Data(#"{"epochs": -3}"#.utf8).write(to: program.folder.appending(path: "b.json"))
    try check(Case("train --config b.json", 2, "b.json:1:2: epochs takes a positive integer, not '-3'"))
    try Data("[1]".utf8).write(to: program.folder.appending(path: "c.json"))
    try check(Case("train --config c.json", 1, "c.json: no object of JSON"))
  }

  @Test("a run whose data or checkpoint is not what it was")
  func changedRun() throws {
    let checkpoint = program.path("run/checkpoints/step-00000008.safetensors")
    let stored = try Data(contentsOf: URL(filePath: checkpoint))
    try stored.dropLast(100).write(to: URL(filePath: checkpoint))
    try check(Case("evaluate run", 1, "checkpoints/latest: ends too early"))
    try check(Case("train --resume run", 1, "checkpoints/latest: ends too early"))
    try FileManager.default.removeItem(atPath: checkpoint)
    try check(Case("sample run", 1, "holds no checkpoint yet"))

    try stored.write(to: URL(filePath: checkpoint))
    try FileManager.default.copyItem(atPath: program.path("test.idx"), toPath: program.path("train.idx.new"))
    try FileManager.default.removeItem(atPath: program.path("train.idx"))
    try FileManager.default.moveItem(atPath: program.path("train.idx.new"), toPath: program.path("train.idx"))
    try check(Case("evaluate run", 1, "train.idx is not what the run was made with"))
    try check(Case("train --resume run", 1, "train.idx is not what the run was made with"))
    #expect(try program.run("sample", "run", "--device", "cpu").status == 0, "drawing needs no data")
  }
}
