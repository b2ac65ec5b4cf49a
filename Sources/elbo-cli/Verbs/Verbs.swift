extension Verb {
  /// Every verb, in the order in which `elbo help` lists them.
  static let all: [Verb] = [
    devices, train, evaluate, sample, reconstruct, explore, encode, impute, classify, fit, verify, runs, compare,
    report, export, `import`, fetch, bench, tune, completions, help,
  ]
}
