import Glibc
import Synchronization

/// The signal that asked the program to stop, or 0.
///
/// A handler may interrupt any instruction, so all it does is store one word here.
private let pendingSignal = Atomic<Int32>(0)

/// Turns SIGINT and SIGTERM into a flag that long work looks at between two steps.
enum Interrupt {
  /// Takes the two signals from here on. Each only once: a second Ctrl-C stops a program that does not get round to
  /// looking.
  static func install() {
    // The first access initializes the flag, which a handler could not do safely.
    pendingSignal.store(0, ordering: .relaxed)
    for signal in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { pendingSignal.store($0, ordering: .relaxed) }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      sigaction(signal, &action, nil)
    }
    // Whoever started the program may have left them blocked, which a new process inherits.
    var taken = sigset_t()
    sigemptyset(&taken)
    for signal in [SIGINT, SIGTERM] { sigaddset(&taken, signal) }
    pthread_sigmask(SIG_UNBLOCK, &taken, nil)
  }

  /// The signal that came, or nil.
  static var pending: Int32? {
    let signal = pendingSignal.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }
}

/// What a verb throws after it has stopped for a signal and saved what it had.
struct Interrupted: Error, CustomStringConvertible {
  let signal: Int32
  /// Where things stand, such as "checkpoint at runs/a/checkpoints/step-00000100.safetensors".
  let description: String

  /// 130 for SIGINT, 143 for SIGTERM, as shells have it.
  var status: Int32 { 128 + signal }
}
