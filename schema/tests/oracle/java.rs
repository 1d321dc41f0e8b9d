//! The oracle's process.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running oracle; ends when it is dropped.
pub(crate) struct Java {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Java {
    /// Builds it if need be, and starts it.
    pub(crate) fn start() -> Self {
        let mut child = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/oracle/run"))
            .arg(env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle starts: it needs sh, mvn and java 17");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Self { child, input, output }
    }

    /// Asks all questions, and gives the answers in their order.
    pub(crate) fn ask(&mut self, questions: Vec<Value>) -> Vec<Value> {
        let count = questions.len();
        let mut input = self.input.take().expect("stdin is piped");
        let writing = std::thread::spawn(move || {
            for question in questions {
                writeln!(input, "{question}").expect("the oracle listens");
            }
            input.flush().expect("the oracle listens");
            input
        });
        let mut answers = Vec::with_capacity(count);
        let mut line = String::new();
        while answers.len() < count {
            line.clear();
            let read = self.output.read_line(&mut line).expect("the oracle answers");
            assert!(read > 0, "the oracle ended after {} of {count} answers", answers.len());
            answers.push(serde_json::from_str(&line).expect("the oracle answers in JSON"));
        }
        self.input = Some(writing.join().expect("the questions are written"));
        answers
    }
}

impl Drop for Java {
    fn drop(&mut self) {
        drop(self.input.take());
        // It ends at the end of its input; a failure here must not hide the test's own.
        let _ended = self.child.wait();
    }
}
