import Basics

/// Something that belongs to no verb alone: `elbo help TOPIC`.
struct Topic: Sendable {
  let name: String
  /// One line without a full stop.
  let summary: String
  /// Paragraphs, a line each.
  let paragraphs: [String]

  var text: String {
    let title = summary.prefix(1).uppercased() + summary.dropFirst() + "."
    return ([title] + paragraphs).map { $0.lines(ofWidth: Help.width).joined(separator: "\n") }
      .joined(separator: "\n\n") + "\n"
  }

  /// What `elbo help topics` prints.
  static var list: String {
    let width = all.map(\.name.count).max() ?? 0
    let rows = all.map { "  " + $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.summary }
    return "topics:\n\(rows.joined(separator: "\n"))\n\n'elbo help TOPIC' explains one.\n"
  }

  static let all: [Topic] = [
    Topic(
      name: "data", summary: "what models are trained on, and where it is looked for",
      paragraphs: [
        "sprites, rooms: drawn by the program, the same on every machine.",
        "geyser, iris: small tables that are built in, of 272 eruptions and 150 flowers.",
        "mnist: in --data-folder, which when given is the only place; else in $ELBO_DATA, ./data and the user's cache, "
          + "which 'elbo fetch mnist' fills.",
        "Any other DATA is a path; --labels, --test and --test-labels name its companions, of any of these kinds, and "
          + "--conditions and --test-conditions a row of numbers or a picture that a cvae is told of each datum:",
        "IDX, raw or gz: bytes, as MNIST has them.",
        "npy, npz, safetensors: (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w) of 1 or 3 channels. Bytes are 0 to 255, or bits "
          + "where all are 0 or 1; real numbers are taken as they are, and pixels lie from 0 to 1. Among several arrays the "
          + "data are images, x, x_train, train_images or data; labels, y, y_train or train_labels go with them, and x_test "
          + "and y_test, or test_images and test_labels, are tested with.",
        "CSV, with a first row of names: a column of words becomes a column of 0 and 1 for each word, column=word; "
          + "--label-column names the classes. Cells that are empty or say NA, NaN or ? are missing and left out of the "
          + "likelihood. From the smallest to the largest number of the whole table is from 0 to 1.",
        "A folder of PNG, PGM or PPM pictures of one size: a folder for each class, or pictures alone.",
        "A label is missing where a CSV cell is, where a number is -1, and of pictures in a folder named unlabeled: --model "
          + "m2 learns from such data too. Bytes are classes from 0 to 255, none of them missing: -1 is of wider numbers.",
        "npy and safetensors of more than a quarter of the memory stay in their file and are read batch by batch; "
          + "--resident never and always decide otherwise, and change no bit of the result.",
        "A run remembers where its data were and what they were. Verbs on a run open them again and refuse others; "
          + "--data-folder says where they are now.",
      ]),
    Topic(
      name: "device-names", summary: "what computes, and how it is named",
      paragraphs: [
        "cpu: this machine's processor. opencl:0, opencl:1 …: OpenCL devices in the order of 'elbo devices'; opencl is "
          + "the best of them. auto: the first GPU, else cpu, with a line that says so.",
        "The same seed on the same device gives the same bits. A checkpoint remembers its device; going on with another "
          + "is possible, is said, and is not bit for bit.",
      ]),
    Topic(
      name: "environment", summary: "variables that the program reads",
      paragraphs: [
        "ELBO_DATA: a folder in which data are looked for. ELBO_CACHE: where compiled kernels and tuned parameters are "
          + "kept, else in the user's cache. XDG_CACHE_HOME: the user's cache, which also has fetched data; ~/.cache where "
          + "it is not set. ELBO_THREADS: threads of the CPU. NO_COLOR: no colours.",
        "ELBO_OPENCL_VARIANT=cpu or gpu: whose form of kernels every OpenCL device runs, whatever it is.",
        "ELBO_TRACE=1 writes a line for every launch, ELBO_TRACE=2 the sources of the kernels too.",
      ]),
    Topic(
      name: "resuming", summary: "checkpoints, and going on after a crash",
      paragraphs: [
        "'elbo train --resume RUN' goes on after the last checkpoint as if nothing had been: every later figure and the "
          + "final weights are the same bits on the same device. It does so after Ctrl-C, after --time-limit, and after "
          + "'kill -9' at any moment.",
        "Checkpoints are written whole or not at all, after every --checkpoint-every epochs and where the test was the "
          + "best so far. --keep of them stay, and the best. 'latest' and 'best' are links.",
        "A checkpoint that is torn or changed is refused, and the line names the last one that is whole: --from STEP "
          + "goes on from there. It is not taken by itself, because what came after it is then computed again.",
        "Where the objective or its gradient is no finite number, the run names the step, the op and the parameter "
          + "behind it, and leaves the batch; --on-nan rollback goes back to the last checkpoint and on with half of the "
          + "rate.",
      ]),
    Topic(
      name: "run-folder", summary: "what a training leaves",
      paragraphs: [
        "config.json: everything needed to repeat the run; 'elbo train --config' takes it. metrics.jsonl: a line of "
          + "figures for each epoch, in nats per datum. events.out.tfevents.*: the same for 'tensorboard --logdir', and "
          + "pictures. checkpoints: safetensors, as PyTorch reads them. images: reconstructions and samples over time. "
          + "results.json: the last evaluation. report.html: all of it on one page.",
        "'elbo runs' lists runs, 'elbo compare' sets some side by side, 'elbo report' writes the page again.",
      ]),
    Topic(
      name: "settings", summary: "where the settings of a training come from",
      paragraphs: [
        "Every option of train is a setting, and some settings have no option: the keys of config.json are all of them. "
          + "They come from the defaults, then --config FILE, then --set KEY=VALUE, then options; the last one counts.",
        "A key that is none is refused with its place in the file and the nearest right word. 'elbo train --list' prints "
          + "the words that settings take.",
      ]),
  ]
}
