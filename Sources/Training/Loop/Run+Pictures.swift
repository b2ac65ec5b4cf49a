import Datasets

// What is drawn of a run while it trains, and at its end.
extension Run {
  /// What a process that ended between a checkpoint and its pictures, or the report, did not write.
  public func writeMissing() throws {
    guard loop.progress.step > 0 else { return }
    if picturesAreDue, pictureNames.contains(where: { !Paths.exists(folder.imagesPath + "/" + $0) }) {
      try writePictures()
    }
    if isFinished, !Paths.exists(folder.reportPath) { try Report(folder).write() }
  }

  /// After the epochs 1, 2, 4, 8, …, and at the end.
  var picturesAreDue: Bool {
    let progress = loop.progress
    return isFinished || progress.position == 0 && progress.epoch.nonzeroBitCount == 1
  }

  private var pictureNames: [String] {
    guard let gallery else { return [] }
    let suffix = isFinished ? "" : "-epoch-\(loop.progress.epoch)"
    return (["reconstructions"] + (gallery.canSample ? ["samples"] : [])).map { "\($0)\(suffix).png" }
  }

  /// Reconstructions and samples, at the end under names of their own.
  func writePictures() throws {
    guard let gallery else { return }
    var shown = data.measured ?? data.train
    let (names, count) = (pictureNames, 24)
    // A model of classes is shown what has one.
    if configuration.condition.needsLabels {
      shown = try shown.labeled(first: count) ?? data.train.labeled(first: count) ?? shown
    }
    try loop.trainer.withAverages {
      try write(
        gallery.reconstructions(of: shown, pixels: configuration.pixels(of: shown), count: count), "reconstructions",
        as: names[0])
      guard gallery.canSample else { return }
      try write(gallery.grid(of: gallery.samples(64, given: shown.conditions)), "samples", as: names[1])
    }
  }

  private func write(_ picture: Picture, _ tag: String, as name: String) throws {
    try picture.writePNG(to: folder.imagesPath + "/" + name)
    try events.append(TensorBoardEvent(.picture(tag: tag, picture), step: loop.progress.step))
  }
}
