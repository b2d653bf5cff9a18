//! A runner that runs nothing and answers from a script.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Cancel, End, Error, Outcome, Question, RunFuture, Runner, SandboxCommand, Served, Tier};

/// A runner that runs nothing: each command gets the next answer whose pattern its arguments contain, or the default.
#[derive(Debug)]
pub struct ScriptedRunner {
    tier: Tier,
    default_end: End,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    answers: VecDeque<Answer>,
    commands: Vec<SandboxCommand>,
}

#[derive(Debug)]
struct Answer {
    pattern: String,
    end: End,
    output: Vec<String>,
    leaves: Vec<(PathBuf, String)>,
    failure: Option<Error>,
}

impl Answer {
    fn to(pattern: &str) -> Self {
        let end = End::Exited { code: 0 };
        Self { pattern: pattern.to_owned(), end, output: Vec::new(), leaves: Vec::new(), failure: None }
    }
}

impl ScriptedRunner {
    /// Makes a runner under which every command passes.
    #[must_use]
    pub fn passing() -> Self {
        Self::new(Tier::Namespaces, End::Exited { code: 0 })
    }

    /// Makes a runner under which every command ends in the same way.
    #[must_use]
    pub fn new(tier: Tier, default_end: End) -> Self {
        Self { tier, default_end, state: Mutex::default() }
    }

    /// Lets the next command whose joined arguments (its own, then its server's) contain `pattern` end with `end`,
    /// having written `output`. Answers are used once, in the order they were given.
    pub fn answer(&self, pattern: &str, end: End, output: &[&str]) {
        let output = output.iter().map(|line| (*line).to_owned()).collect();
        self.push(Answer { end, output, ..Answer::to(pattern) });
    }

    /// As [`Self::answer`] with exit code 0, and leaves files in the work folder.
    pub fn answer_leaving(&self, pattern: &str, files: &[(&str, &str)]) {
        let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        self.push(Answer { leaves: files, ..Answer::to(pattern) });
    }

    /// Lets the next command whose joined arguments contain `pattern` fail with `error`.
    pub fn fail(&self, pattern: &str, error: Error) {
        self.push(Answer { failure: Some(error), ..Answer::to(pattern) });
    }

    /// The commands that were asked for so far, in order.
    pub fn commands(&self) -> Vec<SandboxCommand> {
        self.state().commands.clone()
    }

    fn push(&self, answer: Answer) {
        self.state().answers.push_back(answer);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, command: &SandboxCommand) -> Option<Answer> {
        let server = command.serve.iter().flat_map(|serve| serve.argv.iter());
        let line = command.argv.iter().chain(server).map(String::as_str).collect::<Vec<_>>().join(" ");
        let mut state = self.state();
        state.commands.push(command.clone());
        let position = state.answers.iter().position(|answer| line.contains(&answer.pattern))?;
        state.answers.remove(position)
    }

    fn outcome(&self, command: &SandboxCommand, cancel: &Cancel) -> Result<Outcome, Error> {
        let answer = self.take(command);
        let (mut end, tail) = match answer {
            Some(Answer { failure: Some(error), .. }) => return Err(error),
            Some(answer) => {
                for (path, text) in &answer.leaves {
                    write(&command.work.join(path), text)?;
                }
                (answer.end, answer.output)
            }
            None => (self.default_end.clone(), Vec::new()),
        };
        if cancel.is_cancelled() {
            end = End::Cancelled;
        }
        let mut text = tail.join("\n");
        if !text.is_empty() {
            text.push('\n');
        }
        write(&command.log, &text)?;
        let questions = command.serve.iter().filter(|_| end == End::Exited { code: 0 });
        let served = questions.flat_map(|serve| &serve.questions).map(answer_to).collect();
        let log = command.log.clone();
        Ok(Outcome { end, tier: self.tier, duration_ms: 1, log, output_truncated: false, tail, served })
    }
}

fn answer_to(question: &Question) -> Served {
    Served {
        path: question.path.clone(),
        status: question.expected_status,
        content_type: question.expected_content_type.clone(),
        body_bytes: 1,
        ready_after_ms: 1,
    }
}

fn write(path: &std::path::Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::File { what: "write", path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)
}

impl Runner for ScriptedRunner {
    fn tier(&self) -> Tier {
        self.tier
    }

    fn run<'a>(&'a self, command: &'a SandboxCommand, cancel: &'a Cancel) -> RunFuture<'a> {
        Box::pin(async move { self.outcome(command, cancel) })
    }
}
