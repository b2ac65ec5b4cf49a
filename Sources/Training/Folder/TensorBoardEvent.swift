import Datasets
import Glibc

/// One event of TensorBoard: what a run came to at a step.
///
/// The messages are `Event`, `Summary` and `SessionLog` of TensorFlow's `event.proto` and `summary.proto`, in records as
/// `TFRecord` frames them.
struct TensorBoardEvent {
  enum Content {
    /// The first event of a file: its version.
    case beginning
    /// Training goes on at the event's step: what a file before says of it and of later steps is void.
    case restart
    /// Numbers by tag.
    case scalars([(tag: String, value: Double)])
    case picture(tag: String, Picture)
  }

  /// Seconds since 1970.
  var time: Double
  var step: Int
  var content: Content

  init(_ content: Content, step: Int = 0, at time: Double = Self.now) {
    (self.content, self.step, self.time) = (content, step, time)
  }

  static var now: Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }

  /// The event as a record of a file.
  var record: [UInt8] { TFRecord.framed(message.bytes) }

  private enum Field {
    static let time = 1
    static let step = 2
    static let version = 3
    static let summary = 5
    static let session = 7
  }

  private var message: Protobuf {
    Protobuf {
      $0.add(Field.time, time)
      if step != 0 { $0.add(Field.step, step) }
      switch content {
      case .beginning: $0.add(Field.version, "brain.Event:2")
      case .restart: $0.add(Field.session, Protobuf { $0.add(1, 1) })
      case .scalars(let values):
        $0.add(Field.summary, Self.summary(of: values.map { tag, value in (tag, { $0.add(2, Float(value)) }) }))
      case .picture(let tag, let picture):
        $0.add(Field.summary, Self.summary(of: [(tag, { $0.add(4, Self.image(picture)) })]))
      }
    }
  }

  private static func summary(of values: [(tag: String, add: (inout Protobuf) -> Void)]) -> Protobuf {
    Protobuf { summary in
      for (tag, add) in values {
        summary.add(
          1,
          Protobuf {
            $0.add(1, tag)
            add(&$0)
          })
      }
    }
  }

  private static func image(_ picture: Picture) -> Protobuf {
    Protobuf {
      $0.add(1, picture.height)
      $0.add(2, picture.width)
      $0.add(3, picture.channels)
      $0.add(4, bytes: picture.pngBytes)
    }
  }
}

extension TensorBoardEvent {
  /// A line of metrics: `train/elbo`, `test/kl`, and so on.
  init(_ line: Metrics) {
    let figures: [(String, Double?)] = [
      ("elbo", line.elbo), ("reconstruction", line.reconstruction), ("kl", line.kl), ("objective", line.objective),
      ("beta", line.beta), ("learningRate", line.learningRate), ("gradientNorm", line.gradientNorm),
      ("imagesPerSecond", line.imagesPerSecond), ("stepsPerSecond", line.stepsPerSecond),
    ]
    self.init(
      .scalars(figures.compactMap { name, value in value.map { ("\(line.split.rawValue)/\(name)", $0) } }),
      step: line.step)
  }
}
