import Testing

@testable import elbo_cli

@Suite("The console")
struct ConsoleTests {
  @Test("JSON has sorted keys, plain slashes, and words for what is no number")
  func json() throws {
    let recorder = Recorder()
    let console = recorder.console(json: true)
    try console.json(["b": Double.nan, "a": 0.5, "c": -.infinity])
    try console.json(["path": "runs/a"])
    console.result("for people")
    #expect(recorder.output == "{\"a\":0.5,\"b\":\"NaN\",\"c\":\"-Infinity\"}\n{\"path\":\"runs/a\"}\n")
  }

  @Test("warnings and errors are said even under --quiet, and an error is one line")
  func quiet() {
    let recorder = Recorder()
    let console = recorder.console(quiet: true)
    console.note("a")
    console.progress("b")
    console.warn("c")
    console.fail("d\ne\n")
    #expect(recorder.error == "elbo: warning: c\nelbo: error: d e\n")
  }

  @Test("colour is for terminals that have not refused it")
  func color() {
    let recorder = Recorder()
    recorder.console(.terminal(width: 80, color: true)).fail("x")
    #expect(recorder.error == "elbo: \u{1B}[31merror:\u{1B}[0m x\n")
  }

  @Test("a message is written above the status line, which is redrawn")
  func statusLine() {
    let recorder = Recorder()
    let console = recorder.console(.terminal(width: 80))
    console.status("[#-]")
    console.status("[#-]")
    console.note("hello")
    console.status("")
    console.note("bye")
    #expect(recorder.error == "\r[#-]\u{1B}[K" + "\r\u{1B}[Kelbo: hello\n[#-]" + "\r\u{1B}[K" + "elbo: bye\n")
  }

  @Test("there is no status line in a file")
  func noStatusLine() {
    let recorder = Recorder()
    recorder.console().status("[#-]")
    #expect(recorder.error == "")
  }
}

@Suite("The progress bar")
struct ProgressBarTests {
  /// A clock that a test moves by hand.
  final class Clock {
    var now = ContinuousClock.now
  }

  @Test("a bar with all its figures, at most ten times a second")
  func terminal() {
    let recorder = Recorder()
    let clock = Clock()
    var bar = ProgressBar(recorder.console(.terminal(width: 80)), total: 100, now: { clock.now })
    clock.now += .seconds(10)
    bar.update(.init(label: "epoch 1/4", completed: 20, loss: 128.204, images: 2560))
    clock.now += .milliseconds(99)
    bar.update(.init(label: "epoch 1/4", completed: 21))
    #expect(
      recorder.error == "\repoch 1/4 [####-------------------]   20%  loss 128.20  256 images/s  0:40 left\u{1B}[K")
    clock.now += .milliseconds(1)
    bar.update(.init(completed: 100))
    bar.finish()
    #expect(recorder.error.hasSuffix("\r[##############################]  100%\u{1B}[K\r\u{1B}[K"))
  }

  @Test("a narrow window has figures and no bar")
  func narrow() {
    let recorder = Recorder()
    let clock = Clock()
    var bar = ProgressBar(recorder.console(.terminal(width: 20)), total: 4, now: { clock.now })
    bar.update(.init(label: "epoch 1/4", completed: 1, loss: 128.2))
    #expect(recorder.error == "\repoch 1/4  25%  los\u{1B}[K")
  }

  @Test("lines every ten seconds in a file, and one at the end")
  func plain() {
    let recorder = Recorder()
    let clock = Clock()
    var bar = ProgressBar(recorder.console(), total: 40, now: { clock.now })
    for step in 1...40 {
      clock.now += .milliseconds(600)
      bar.update(.init(label: "step \(step)/40", completed: step, loss: 1, images: step * 60))
    }
    bar.finish()
    #expect(
      recorder.error == """
        step 17/40   42%  loss 1.00  100 images/s  0:14 left
        step 34/40   85%  loss 1.00  100 images/s  0:04 left
        step 40/40  100%  loss 1.00  100 images/s

        """)
  }

  @Test("work done before the bar was made does not count as speed")
  func resumed() {
    let recorder = Recorder()
    let clock = Clock()
    var bar = ProgressBar(recorder.console(), total: 100, completed: 50, now: { clock.now })
    clock.now += .seconds(10)
    bar.update(.init(label: "step", completed: 75))
    #expect(recorder.error == "step   75%  0:10 left\n")
  }

  @Test("nothing under --quiet")
  func quiet() {
    let recorder = Recorder()
    for surface in [Console.Surface.plain, .terminal(width: 80)] {
      let clock = Clock()
      var bar = ProgressBar(recorder.console(surface, quiet: true), total: 2, now: { clock.now })
      clock.now += .seconds(20)
      bar.update(.init(completed: 1))
      bar.finish()
    }
    #expect(recorder.error == "")
  }

  @Test(
    "clock times",
    arguments: [(0.4, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3723, "1:02:03"), (36000, "10:00:00")])
  func clock(seconds: Double, text: String) {
    #expect(ProgressBar.clock(seconds) == text)
  }
}
